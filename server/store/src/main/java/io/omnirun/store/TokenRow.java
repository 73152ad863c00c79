package io.omnirun.store;

import io.omnirun.core.ports.StoredToken;
import io.omnirun.model.AccountId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A row to insert into the table {@code api_token}. Public for JDBI's reflection alone. */
public record TokenRow(
    String tokenId,
    String accountId,
    String kind,
    String name,
    String sha256,
    String scopes,
    long createdAtMs,
    @Nullable Long expiresAtMs) {
  static TokenRow of(AccountId account, StoredToken token, Instant createdAt) {
    return new TokenRow(
        token.id().value(),
        account.value(),
        token.kind().text(),
        token.name(),
        token.sha256(),
        ScopeNames.write(token.scopes()),
        createdAt.toEpochMilli(),
        token.expiresAt().map(Instant::toEpochMilli).orElse(null));
  }
}
