package io.omnirun.store;

import io.omnirun.model.Account;
import java.time.Instant;

/** A row to insert into the table {@code account}. Public for JDBI's reflection alone. */
public record AccountRow(
    String accountId,
    String name,
    int maxConcurrentSandboxes,
    int maxPausedSandboxes,
    long createdAtMs) {
  static AccountRow of(Account account, Instant createdAt) {
    return new AccountRow(
        account.id().value(),
        account.name(),
        account.maxConcurrentSandboxes(),
        account.maxPausedSandboxes(),
        createdAt.toEpochMilli());
  }
}
