package io.omnirun.store;

import io.omnirun.model.Account;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.Profile;
import org.jspecify.annotations.Nullable;

/** A row to insert into the table {@code account}. Public for JDBI's reflection alone. */
public record AccountRow(
    String accountId,
    String name,
    AccountLimits limits,
    long createdAtMs,
    @Nullable String email,
    int administrator) {
  static AccountRow of(Profile profile) {
    Account account = profile.account();
    return new AccountRow(
        account.id().value(),
        account.name(),
        account.limits(),
        profile.createdAt().toEpochMilli(),
        profile.email().map(EmailAddress::value).orElse(null),
        profile.administrator() ? 1 : 0);
  }
}
