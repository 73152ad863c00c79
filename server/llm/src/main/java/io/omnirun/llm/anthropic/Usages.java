package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Tokens that were used. OpenAI counts what was read from and written into a cache among the
 * prompt's tokens, Anthropic beside the input's. Counts that are none are 0.
 */
final class Usages {
  private static final String INPUT = "input_tokens";
  private static final String CACHE_READ = "cache_read_input_tokens";
  private static final String CACHE_WRITE = "cache_creation_input_tokens";
  private static final String OUTPUT = "output_tokens";
  private static final List<String> ANTHROPIC = List.of(INPUT, CACHE_WRITE, CACHE_READ, OUTPUT);

  private Usages() {}

  static ObjectNode toOpenAi(JsonNode anthropic) {
    long cacheRead = count(anthropic, CACHE_READ);
    long cacheWrite = count(anthropic, CACHE_WRITE);
    long prompt = count(anthropic, INPUT) + cacheRead + cacheWrite;
    long completion = count(anthropic, OUTPUT);
    ObjectNode usage = JsonNodeFactory.instance.objectNode();
    usage.put("prompt_tokens", prompt);
    usage.put("completion_tokens", completion);
    usage.put("total_tokens", prompt + completion);
    usage
        .putObject("prompt_tokens_details")
        .put("cached_tokens", cacheRead)
        .put("cache_write_tokens", cacheWrite);
    return usage;
  }

  static ObjectNode toAnthropic(JsonNode openAi) {
    JsonNode details = openAi.path("prompt_tokens_details");
    long prompt = count(openAi, "prompt_tokens");
    // Of a prompt no more can come from and go to a cache than it has.
    long cacheRead = Math.min(count(details, "cached_tokens"), prompt);
    long cacheWrite = Math.min(count(details, "cache_write_tokens"), prompt - cacheRead);
    return JsonNodeFactory.instance
        .objectNode()
        .put(INPUT, prompt - cacheRead - cacheWrite)
        .put(CACHE_WRITE, cacheWrite)
        .put(CACHE_READ, cacheRead)
        .put(OUTPUT, count(openAi, "completion_tokens"));
  }

  /**
   * Takes a later report of Anthropic's into an earlier one. Reports are cumulative, and providers
   * differ in which of them they leave a count at 0: the larger one holds.
   */
  static void raise(ObjectNode earlier, JsonNode later) {
    for (String name : ANTHROPIC) {
      earlier.put(name, Math.max(count(earlier, name), count(later, name)));
    }
  }

  private static long count(JsonNode usage, String name) {
    return AnswerFields.count(usage, name).orElse(0);
  }
}
