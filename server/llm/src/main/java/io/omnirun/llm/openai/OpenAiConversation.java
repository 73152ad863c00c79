package io.omnirun.llm.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.llm.Conversation;
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
import java.util.OptionalLong;

/**
 * OpenAI's protocol on both sides: bytes pass as they are, but for the model's name, and the usage
 * that is asked for where the caller has not.
 */
public final class OpenAiConversation implements Conversation {
  private static final String PATH = "/chat/completions";

  private final ChatRequest request;

  public OpenAiConversation(ChatRequest request) {
    this.request = request;
  }

  @Override
  public String model() {
    return request.model();
  }

  @Override
  public boolean isStreamed() {
    return request.isStreamed();
  }

  @Override
  public PromptSize prompt() {
    return request.prompt();
  }

  @Override
  public OptionalLong maxCompletionTokens() {
    return request.maxCompletionTokens();
  }

  @Override
  public int choices() {
    return request.choices();
  }

  @Override
  public ProviderRequest request(Candidate candidate) {
    JsonEdits edits = new JsonEdits(request.fields());
    edits.set("model", JsonText.bytes(JsonText.text(candidate.route().model())));
    if (request.isStreamed()) {
      edits.set("stream_options", request.streamOptionsWithUsage());
    }
    return new ProviderRequest(PATH, edits.apply(), Map.of());
  }

  @Override
  public WholeAnswer whole(Candidate candidate, byte[] body) throws IOException {
    return OpenAiAnswer.read(body);
  }

  @Override
  public EventTranslator stream(Candidate candidate) {
    return new ChunkRelay(request.wantsUsage());
  }

  @Override
  public Optional<byte[]> error(Candidate candidate, int status, byte[] body) {
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
