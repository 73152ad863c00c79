package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.llm.Carrier;
import io.omnirun.llm.EventTranslator;
import io.omnirun.llm.Facts;
import io.omnirun.llm.ProviderFailure;
import io.omnirun.llm.WholeAnswer;
import io.omnirun.llm.provider.Candidate;
import io.omnirun.llm.provider.ProviderRequest;
import io.omnirun.llm.wire.JsonText;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Carries a request of OpenAI's protocol to a provider of Anthropic's. */
public final class OpenAiOverAnthropic implements Carrier {
  private final byte[] body;
  private final Facts facts;
  private final boolean wantsUsage;

  /**
   * @param body that was read before
   * @param wantsUsage whether the caller has asked for the usage of a stream
   */
  public OpenAiOverAnthropic(byte[] body, Facts facts, boolean wantsUsage) {
    this.body = body;
    this.facts = facts;
    this.wantsUsage = wantsUsage;
  }

  @Override
  public ProviderRequest request(Candidate candidate) {
    ObjectNode request = JsonText.object(body).orElseGet(JsonText::newObject);
    int most = (int) Math.min(Integer.MAX_VALUE, candidate.pricing().maxCompletionTokens());
    ObjectNode translated = OpenAiToAnthropic.request(request, candidate.route().model(), most);
    return new ProviderRequest(AnthropicCarrier.PATH, JsonText.bytes(translated), Map.of());
  }

  @Override
  public WholeAnswer whole(byte[] answer) throws IOException {
    ObjectNode message = requireMessage(answer);
    ObjectNode completion = OpenAiToAnthropic.response(message, facts.model(), now());
    return new TranslatedAnswer(completion, completion.path("usage"), answer.length);
  }

  /**
   * @throws IOException if it is no object
   * @throws io.omnirun.model.OmniRunException if it tells of a failure
   */
  static ObjectNode requireMessage(byte[] answer) throws IOException {
    ObjectNode message =
        JsonText.object(answer).orElseThrow(() -> new IOException("the answer is no object"));
    if (message.hasNonNull("error")) {
      throw ProviderFailure.of(message.path("error")).asException();
    }
    return message;
  }

  private static long now() {
    return Instant.now().getEpochSecond();
  }

  @Override
  public EventTranslator stream() {
    return new EventsToChunks(new AnthropicEventsToOpenAi(facts.model(), now(), true), wantsUsage);
  }

  @Override
  public Optional<byte[]> error(int status, byte[] answer) {
    return JsonText.object(answer)
        .filter(object -> object.path("error").isObject())
        .map(object -> JsonText.bytes(AnthropicErrors.toOpenAi(status, object)));
  }
}
