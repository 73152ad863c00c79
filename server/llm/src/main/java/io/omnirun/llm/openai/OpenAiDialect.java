package io.omnirun.llm.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.llm.Conversation;
import io.omnirun.llm.Dialect;
import io.omnirun.llm.anthropic.OpenAiOverAnthropic;
import io.omnirun.llm.wire.JsonText;
import io.omnirun.llm.wire.ServerSentEvent;
import io.omnirun.model.ErrorCode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** OpenAI's Chat Completions, as callers speak it. By status and error they find their class. */
public final class OpenAiDialect implements Dialect {
  private static final int INTERNAL = 500;

  /** The types that OpenAI's clients and their users know, by status. */
  private static final Map<Integer, String> TYPES =
      Map.of(
          401, "authentication_error",
          402, "insufficient_quota",
          403, "permission_error",
          404, "not_found_error",
          409, "conflict_error",
          429, "rate_limit_error");

  /** Codes that programs look for under another name than ours. */
  private static final Map<ErrorCode, String> CODES =
      Map.of(
          ErrorCode.UNAUTHORIZED, "invalid_api_key",
          ErrorCode.LLM_MODEL_NOT_FOUND, "model_not_found",
          ErrorCode.LLM_CAP_REACHED, "spend_cap_reached",
          ErrorCode.RATE_LIMIT, "rate_limit_exceeded",
          ErrorCode.LLM_UPSTREAM_BUSY, "rate_limit_exceeded");

  @Override
  public Conversation read(byte[] body, Function<String, List<String>> headers) {
    ChatRequest request = ChatRequest.read(body);
    return new Conversation(
        request.facts(),
        new OpenAiCarrier(request),
        new OpenAiOverAnthropic(body, request.facts(), request.wantsUsage()));
  }

  /** Writes {@code {"error": …, "message": …}}: other clients look for the message outside. */
  @Override
  public void write(JsonGenerator json, int status, ErrorCode code, String message)
      throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("error");
    json.writeStringField("message", message);
    json.writeStringField("type", type(status));
    json.writeNullField("param");
    json.writeStringField("code", CODES.getOrDefault(code, code.slug()));
    json.writeEndObject();
    json.writeStringField("message", message);
    json.writeEndObject();
  }

  private static String type(int status) {
    return TYPES.getOrDefault(
        status, status >= INTERNAL ? "server_error" : "invalid_request_error");
  }

  @Override
  public byte[] errorEvent(int status, ErrorCode code, String message) {
    return ServerSentEvent.text("", JsonText.written(json -> write(json, status, code, message)));
  }
}
