package io.omnirun.llm.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.llm.ProviderFailure;
import io.omnirun.llm.WholeAnswer;
import io.omnirun.llm.wire.JsonEdits;
import io.omnirun.llm.wire.JsonFields;
import io.omnirun.llm.wire.JsonFields.Field;
import io.omnirun.llm.wire.JsonText;
import io.omnirun.model.LlmUsage;
import io.omnirun.model.Picodollars;
import java.io.IOException;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** A completion. Bytes pass as they are, but that its usage says what it has cost. */
final class OpenAiAnswer implements WholeAnswer {
  private final JsonFields fields;
  private final Optional<Field> usageField;
  private final Optional<LlmUsage> usage;

  private OpenAiAnswer(JsonFields fields) throws IOException {
    this.fields = fields;
    this.usageField = fields.find("usage");
    this.usage =
        usageField.isPresent()
            ? UsageJson.read(JsonText.tree(fields.text(), usageField.get()))
            : Optional.empty();
  }

  /**
   * @throws IOException if it is none
   * @throws io.omnirun.model.OmniRunException if it tells of a failure
   */
  static OpenAiAnswer read(byte[] body) throws IOException {
    JsonFields fields = JsonFields.read(body);
    Optional<Field> error = fields.find("error");
    if (error.isPresent() && fields.find("choices").isEmpty()) {
      throw ProviderFailure.of(JsonText.tree(body, error.get())).asException();
    }
    if (fields.find("choices").isEmpty()) {
      throw new IOException("an answer without choices");
    }
    return new OpenAiAnswer(fields);
  }

  @Override
  public Optional<LlmUsage> usage() {
    return usage;
  }

  @Override
  public long answerBytes() {
    return fields.text().length;
  }

  @Override
  public byte[] body(ToLongFunction<LlmUsage> costOf) {
    if (usage.isEmpty() || usageField.isEmpty()) {
      return fields.text();
    }
    try {
      Field field = usageField.get();
      JsonFields inner = JsonFields.read(fields.value(field));
      byte[] priced =
          new JsonEdits(inner).set("cost", dollars(costOf.applyAsLong(usage.get()))).apply();
      return new JsonEdits(fields).set("usage", priced).apply();
    } catch (IOException twoFieldsOfOneName) {
      return fields.text();
    }
  }

  private static byte[] dollars(long picodollars) {
    JsonNode amount = JsonText.number(Picodollars.dollars(picodollars));
    return JsonText.bytes(amount);
  }
}
