package io.omnirun.llm.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.model.LlmUsage;
import java.util.Optional;

/** Reads what a provider says that it has used. */
public final class UsageJson {
  private UsageJson() {}

  /** Empty if it is no object, or says nothing of tokens: some servers say that there were none. */
  public static Optional<LlmUsage> read(JsonNode usage) {
    if (!usage.path("prompt_tokens").isNumber() && !usage.path("completion_tokens").isNumber()) {
      return Optional.empty();
    }
    JsonNode prompt = usage.path("prompt_tokens_details");
    JsonNode completion = usage.path("completion_tokens_details");
    LlmUsage read =
        new LlmUsage(
            usage.path("prompt_tokens").asLong(),
            prompt.path("cached_tokens").asLong(),
            prompt.path("cache_write_tokens").asLong(),
            usage.path("completion_tokens").asLong(),
            completion.path("reasoning_tokens").asLong());
    return Optional.of(read).filter(used -> used.totalTokens() > 0);
  }
}
