package io.omnirun.llm;

import io.omnirun.http.Exchange;
import io.omnirun.llm.config.ProviderConfig;
import io.omnirun.llm.provider.ProviderAnswer;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** Tells a caller that a provider has answered with an error. */
final class ProviderErrors {
  private static final int TOO_MANY = 429;
  private static final int ERROR = 400;
  private static final int ERROR_BELOW = 600;

  /** Callers would take a 402 for what their own cap is answered with. */
  private static final Set<Integer> OF_OPERATORS_ACCOUNT = Set.of(401, 402, 403);

  private ProviderErrors() {}

  /**
   * Answers what the provider has, if that is the caller's affair.
   *
   * @throws OmniRunException LLM_UPSTREAM_FAILED or LLM_UPSTREAM_BUSY if it is not, or says nothing
   */
  static void tell(Exchange exchange, Conversation conversation, ProviderAnswer answer, byte[] body)
      throws IOException {
    ProviderConfig provider = answer.candidate().route().provider();
    if (provider.vaultKey().isEmpty() && OF_OPERATORS_ACCOUNT.contains(answer.status())) {
      exchange.setHeader("x-should-retry", "false");
      throw new OmniRunException(
          ErrorCode.LLM_UPSTREAM_FAILED,
          "the provider %s does not take the operator's key, or wants to be paid"
              .formatted(provider.name()));
    }
    Optional<byte[]> told =
        isOfHttp(answer.status())
            ? conversation.to(answer.candidate()).error(answer.status(), body)
            : Optional.empty();
    if (told.isEmpty()) {
      throw new OmniRunException(
          answer.status() == TOO_MANY ? ErrorCode.LLM_UPSTREAM_BUSY : ErrorCode.LLM_UPSTREAM_FAILED,
          "the provider %s answered with the status %d and nothing that says why"
              .formatted(provider.name(), answer.status()));
    }
    exchange.stream(answer.status(), Exchange.JSON_TYPE, client -> client.write(told.get()));
  }

  private static boolean isOfHttp(int status) {
    return status >= ERROR && status < ERROR_BELOW;
  }
}
