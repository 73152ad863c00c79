package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.llm.Carrier;
import io.omnirun.llm.EventTranslator;
import io.omnirun.llm.WholeAnswer;
import io.omnirun.llm.provider.Candidate;
import io.omnirun.llm.provider.ProviderRequest;
import io.omnirun.llm.wire.JsonText;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Carries a request of Anthropic's protocol to a provider of OpenAI's. */
final class AnthropicOverOpenAi implements Carrier {
  private static final String PATH = "/chat/completions";

  private final MessagesRequest request;

  AnthropicOverOpenAi(MessagesRequest request) {
    this.request = request;
  }

  @Override
  public ProviderRequest request(Candidate candidate) {
    ObjectNode body = JsonText.object(request.fields().text()).orElseGet(JsonText::newObject);
    ObjectNode translated = AnthropicToOpenAi.request(body, candidate.route().model());
    return new ProviderRequest(PATH, JsonText.bytes(translated), Map.of());
  }

  @Override
  public WholeAnswer whole(byte[] answer) throws IOException {
    ObjectNode completion = OpenAiOverAnthropic.requireMessage(answer);
    return new TranslatedAnswer(
        AnthropicToOpenAi.response(completion, request.facts().model()),
        completion.path("usage"),
        answer.length);
  }

  @Override
  public EventTranslator stream() {
    return new ChunksToEvents(new OpenAiChunksToAnthropic(request.facts().model()));
  }

  @Override
  public Optional<byte[]> error(int status, byte[] answer) {
    return JsonText.object(answer)
        .filter(object -> object.hasNonNull("error"))
        .map(object -> JsonText.bytes(AnthropicErrors.ofOpenAi(status, object)));
  }
}
