package io.omnirun.llm.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.llm.ProviderFailure;
import io.omnirun.llm.wire.JsonFields;
import io.omnirun.llm.wire.JsonFields.Field;
import io.omnirun.llm.wire.JsonText;
import io.omnirun.model.LlmUsage;
import java.io.IOException;
import java.util.Optional;

/**
 * A piece of a streamed answer.
 *
 * @param usage empty if it holds none
 * @param isUsageAlone whether nothing of the answer is in it
 * @param error what it says of the provider's failure; empty: it does not
 * @param hasReason whether it says why an answer has ended
 * @param answerBytes of text, tool calls and the like: characters, which are bytes of most of it
 */
record Chunk(
    JsonFields fields,
    Optional<LlmUsage> usage,
    boolean isUsageAlone,
    Optional<ProviderFailure> error,
    boolean hasReason,
    long answerBytes) {
  /**
   * @throws IOException if it is no JSON object
   */
  static Chunk read(byte[] data) throws IOException {
    JsonFields fields = JsonFields.read(data);
    Optional<LlmUsage> usage = Optional.empty();
    Optional<Field> usageField = fields.find("usage");
    if (usageField.isPresent()) {
      usage = UsageJson.read(JsonText.tree(data, usageField.get()));
    }
    Optional<Field> choicesField = fields.find("choices");
    JsonNode choices =
        choicesField.isPresent()
            ? JsonText.tree(data, choicesField.get())
            : JsonText.newObject().arrayNode();
    return new Chunk(
        fields,
        usage,
        usageField.isPresent() && choices.isEmpty(),
        choicesField.isPresent() ? Optional.empty() : error(fields),
        hasReason(choices),
        DeltaSize.of(choices));
  }

  private static boolean hasReason(JsonNode choices) {
    for (JsonNode choice : choices) {
      if (choice.path("finish_reason").isTextual()) {
        return true;
      }
    }
    return false;
  }

  private static Optional<ProviderFailure> error(JsonFields fields) throws IOException {
    Optional<Field> error = fields.find("error");
    return error.isPresent()
        ? Optional.of(ProviderFailure.of(JsonText.tree(fields.text(), error.get())))
        : Optional.empty();
  }
}
