package io.omnirun.llm;

import io.omnirun.http.Exchange;
import io.omnirun.llm.config.ProviderConfig;
import io.omnirun.llm.provider.ProviderAnswer;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.Optional;

/** Tells a caller that a provider has answered with an error. */
final class ProviderErrors {
  private static final int TOO_MANY = 429;

  private ProviderErrors() {}

  /**
   * Answers what the provider has, if that is the caller's affair.
   *
   * @throws OmniRunException LLM_UPSTREAM_FAILED or LLM_UPSTREAM_BUSY if it is not, or says nothing
   */
  static void tell(Exchange exchange, Conversation conversation, ProviderAnswer answer, byte[] body)
      throws IOException {
    ProviderConfig provider = answer.candidate().route().provider();
    if (isOfOperatorsKey(answer, provider)) {
      exchange.setHeader("x-should-retry", "false");
      throw new OmniRunException(
          ErrorCode.LLM_UPSTREAM_FAILED,
          "the provider %s does not take the operator's key".formatted(provider.name()));
    }
    Optional<byte[]> told = conversation.to(answer.candidate()).error(answer.status(), body);
    if (told.isEmpty()) {
      throw new OmniRunException(
          answer.status() == TOO_MANY ? ErrorCode.LLM_UPSTREAM_BUSY : ErrorCode.LLM_UPSTREAM_FAILED,
          "the provider %s answered with the status %d and nothing that says why"
              .formatted(provider.name(), answer.status()));
    }
    exchange.stream(answer.status(), Exchange.JSON_TYPE, client -> client.write(told.get()));
  }

  private static boolean isOfOperatorsKey(ProviderAnswer answer, ProviderConfig provider) {
    return (answer.status() == 401 || answer.status() == 403) && provider.vaultKey().isEmpty();
  }
}
