package io.omnirun.llm.openai;

import io.omnirun.llm.wire.JsonFields;
import io.omnirun.llm.wire.JsonFields.Field;
import io.omnirun.llm.wire.JsonText;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * A request for a completion: its bytes, and what of it decides where it goes and what it can cost.
 * All else is the provider's to judge.
 *
 * @param wantsUsage whether the caller asked for the usage of a stream
 * @param maxCompletionTokens of each choice; empty: the model's
 * @param choices how many answers are wanted
 */
public record ChatRequest(
    JsonFields fields,
    String model,
    boolean isStreamed,
    boolean wantsUsage,
    OptionalLong maxCompletionTokens,
    int choices,
    PromptSize prompt) {
  /** What OpenAI takes. */
  private static final int MAX_CHOICES = 128;

  /** Beyond any model's: sums of such numbers fit a long. */
  private static final long MAX_TOKENS = 100_000_000;

  private static final int MAX_MODEL_LENGTH = 256;

  /**
   * @throws OmniRunException INVALID_REQUEST saying what is wrong
   */
  public static ChatRequest read(byte[] body) {
    try {
      JsonFields fields = JsonFields.read(body);
      Values values = new Values(fields);
      return new ChatRequest(
          fields,
          model(values),
          values.flag("stream"),
          wantsUsage(values),
          maxCompletionTokens(values),
          (int) values.integer("n", 1, MAX_CHOICES).orElse(1),
          PromptReader.read(fields));
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST, "the body is not valid JSON: " + Problems.shown(e), e);
    }
  }

  private static String model(Values values) {
    String model =
        values
            .text("model")
            .orElseThrow(
                () -> Problems.invalid("field \"model\" is missing; GET …/models lists them"));
    if (model.isEmpty() || model.length() > MAX_MODEL_LENGTH) {
      throw Problems.invalid("field \"model\" must have 1 to " + MAX_MODEL_LENGTH + " characters");
    }
    return model;
  }

  private static boolean wantsUsage(Values values) {
    return values
        .object("stream_options")
        .map(o -> new Values(o).flag("include_usage"))
        .orElse(false);
  }

  private static OptionalLong maxCompletionTokens(Values values) {
    OptionalLong old = values.integer("max_tokens", 1, MAX_TOKENS);
    OptionalLong current = values.integer("max_completion_tokens", 1, MAX_TOKENS);
    if (old.isPresent() && current.isPresent()) {
      return OptionalLong.of(Math.max(old.getAsLong(), current.getAsLong()));
    }
    return current.isPresent() ? current : old;
  }

  /**
   * The value of {@code stream_options} that asks for usage, whatever else the caller has in it.
   */
  public byte[] streamOptionsWithUsage() {
    return fields
        .find("stream_options")
        .map(this::withUsage)
        .orElseGet(() -> "{\"include_usage\":true}".getBytes(StandardCharsets.US_ASCII));
  }

  private byte[] withUsage(Field options) {
    var object = JsonText.object(fields.value(options)).orElseGet(JsonText::newObject);
    object.put("include_usage", true);
    return JsonText.bytes(object);
  }
}
