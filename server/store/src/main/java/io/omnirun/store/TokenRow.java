package io.omnirun.store;

import io.omnirun.core.ports.StoredToken;
import io.omnirun.model.AccountId;
import java.time.Instant;

/** A row to insert into the table {@code api_token}. Public for JDBI's reflection alone. */
public record TokenRow(
    String tokenId, String accountId, String name, String sha256, long createdAtMs) {
  static TokenRow of(AccountId account, StoredToken token, Instant createdAt) {
    return new TokenRow(
        token.id(), account.value(), token.name(), token.sha256(), createdAt.toEpochMilli());
  }
}
