package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.llm.Conversation;
import io.omnirun.llm.Dialect;
import io.omnirun.llm.wire.JsonText;
import io.omnirun.llm.wire.ServerSentEvent;
import io.omnirun.model.ErrorCode;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Anthropic's Messages, as callers speak it. */
public final class AnthropicDialect implements Dialect {
  private static final Pattern BETAS = Pattern.compile("[A-Za-z0-9_., -]{0,512}");

  @Override
  public Conversation read(byte[] body, Function<String, List<String>> headers) {
    String betas = String.join(",", headers.apply("anthropic-beta"));
    MessagesRequest request =
        MessagesRequest.read(body, BETAS.matcher(betas).matches() ? betas : "");
    return new Conversation(
        request.facts(), new AnthropicOverOpenAi(request), new AnthropicCarrier(request));
  }

  @Override
  public void write(JsonGenerator json, int status, ErrorCode code, String message)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("type", "error");
    json.writeObjectFieldStart("error");
    json.writeStringField("type", AnthropicErrorTypes.of(status));
    json.writeStringField("message", message);
    json.writeEndObject();
    json.writeStringField("message", message);
    json.writeStringField("code", code.slug());
    json.writeEndObject();
  }

  @Override
  public byte[] errorEvent(int status, ErrorCode code, String message) {
    return ServerSentEvent.text(
        "error", JsonText.written(json -> write(json, status, code, message)));
  }
}
