package io.omnirun.llm.anthropic;

import io.omnirun.llm.Carrier;
import io.omnirun.llm.EventTranslator;
import io.omnirun.llm.WholeAnswer;
import io.omnirun.llm.provider.Candidate;
import io.omnirun.llm.provider.ProviderRequest;
import io.omnirun.llm.wire.JsonEdits;
import io.omnirun.llm.wire.JsonText;
import io.omnirun.model.LlmUsage;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** Anthropic's protocol on both sides: bytes pass as they are, but for the model's name. */
final class AnthropicCarrier implements Carrier {
  /** Behind a provider's url, which has no version. */
  static final String PATH = "/v1/messages";

  private final MessagesRequest request;

  AnthropicCarrier(MessagesRequest request) {
    this.request = request;
  }

  @Override
  public ProviderRequest request(Candidate candidate) {
    byte[] model = JsonText.bytes(JsonText.text(candidate.route().model()));
    return new ProviderRequest(
        PATH,
        new JsonEdits(request.fields()).set("model", model).apply(),
        request.betas().isEmpty() ? Map.of() : Map.of("anthropic-beta", request.betas()));
  }

  @Override
  public WholeAnswer whole(byte[] body) throws IOException {
    var message = OpenAiOverAnthropic.requireMessage(body);
    if (!message.path("content").isArray()) {
      throw new IOException("an answer without content");
    }
    return new Passed(
        body,
        new TranslatedAnswer(message, Usages.toOpenAi(message.path("usage")), body.length).usage());
  }

  /** An answer that passes as it is. */
  private record Passed(byte[] text, Optional<LlmUsage> usage) implements WholeAnswer {
    @Override
    public long answerBytes() {
      return text.length;
    }

    @Override
    public byte[] body(ToLongFunction<LlmUsage> costOf) {
      return text;
    }
  }

  @Override
  public EventTranslator stream() {
    return new EventRelay();
  }

  @Override
  public Optional<byte[]> error(int status, byte[] body) {
    return JsonText.object(body)
        .filter(object -> object.path("error").isObject())
        .map(object -> body);
  }
}
