package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.llm.WholeAnswer;
import io.omnirun.llm.openai.UsageJson;
import io.omnirun.llm.wire.JsonText;
import io.omnirun.model.LlmUsage;
import io.omnirun.model.Picodollars;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * An answer in another protocol than the provider's.
 *
 * @param openAiUsage as OpenAI's protocol has it
 */
record TranslatedAnswer(ObjectNode answer, JsonNode openAiUsage, long answerBytes)
    implements WholeAnswer {
  @Override
  public Optional<LlmUsage> usage() {
    return UsageJson.read(openAiUsage);
  }

  /** Where the answer has OpenAI's usage, it says what it has cost, too. */
  @Override
  public byte[] body(ToLongFunction<LlmUsage> costOf) {
    if (answer.path("usage") instanceof ObjectNode usage && usage == openAiUsage) {
      usage().ifPresent(used -> usage.put("cost", Picodollars.dollars(costOf.applyAsLong(used))));
    }
    return JsonText.bytes(answer);
  }
}
