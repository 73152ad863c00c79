package io.omnirun.llm.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.llm.Carrier;
import io.omnirun.llm.EventTranslator;
import io.omnirun.llm.ProviderFailure;
import io.omnirun.llm.WholeAnswer;
import io.omnirun.llm.provider.Candidate;
import io.omnirun.llm.provider.ProviderRequest;
import io.omnirun.llm.wire.JsonEdits;
import io.omnirun.llm.wire.JsonFields;
import io.omnirun.llm.wire.JsonText;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * OpenAI's protocol on both sides: bytes pass as they are, but for the model's name, and the usage
 * that is asked for where the caller has not.
 */
final class OpenAiCarrier implements Carrier {
  private static final String PATH = "/chat/completions";

  private final ChatRequest request;

  OpenAiCarrier(ChatRequest request) {
    this.request = request;
  }

  @Override
  public ProviderRequest request(Candidate candidate) {
    JsonEdits edits = new JsonEdits(request.fields());
    edits.set("model", JsonText.bytes(JsonText.text(candidate.route().model())));
    if (request.facts().isStreamed()) {
      edits.set("stream_options", request.streamOptionsWithUsage());
    }
    return new ProviderRequest(PATH, edits.apply(), Map.of());
  }

  @Override
  public WholeAnswer whole(byte[] body) throws IOException {
    return OpenAiAnswer.read(body);
  }

  @Override
  public EventTranslator stream() {
    return new ChunkRelay(request.wantsUsage());
  }

  @Override
  public Optional<byte[]> error(int status, byte[] body) {
    return JsonText.object(body)
        .filter(object -> object.path("error").isObject() || object.path("error").isTextual())
        .map(object -> withMessage(body, object));
  }

  /** Other clients look for the message outside of the error. */
  private static byte[] withMessage(byte[] body, ObjectNode object) {
    if (object.path("message").isTextual()) {
      return body;
    }
    JsonNode message = JsonText.text(ProviderFailure.of(object.path("error")).message());
    try {
      return new JsonEdits(JsonFields.read(body)).set("message", JsonText.bytes(message)).apply();
    } catch (IOException twoFieldsOfOneName) {
      return JsonText.bytes(object.set("message", message));
    }
  }
}
