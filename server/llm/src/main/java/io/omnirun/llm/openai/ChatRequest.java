package io.omnirun.llm.openai;

import io.omnirun.llm.Facts;
import io.omnirun.llm.request.ModelNames;
import io.omnirun.llm.request.Problems;
import io.omnirun.llm.request.Values;
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
 */
record ChatRequest(JsonFields fields, Facts facts, boolean wantsUsage) {
  /** What OpenAI takes. */
  private static final int MAX_CHOICES = 128;

  /** Beyond any model's: sums of such numbers fit a long. */
  private static final long MAX_TOKENS = 100_000_000;

  /**
   * @throws OmniRunException INVALID_REQUEST saying what is wrong
   */
  static ChatRequest read(byte[] body) {
    try {
      JsonFields fields = JsonFields.read(body);
      Values values = new Values(fields);
      Facts facts =
          new Facts(
              ModelNames.of(values),
              values.flag("stream"),
              PromptReader.read(fields),
              maxCompletionTokens(values),
              (int) values.integer("n", 1, MAX_CHOICES).orElse(1));
      return new ChatRequest(fields, facts, wantsUsage(values));
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST, "the body is not valid JSON: " + Problems.shown(e), e);
    }
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
  byte[] streamOptionsWithUsage() {
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
