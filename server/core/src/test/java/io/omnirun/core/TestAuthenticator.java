package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TestAuthenticator {
  private final InMemoryAccountStore store = new InMemoryAccountStore();
  private final Accounts accounts = new Accounts(store, Clock.systemUTC());
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
  private final Authenticator authenticator = new Authenticator(store, nanos::get);

  @Test
  void answerOfTheDatabaseHoldsForASecond() {
    Accounts.NewAccount created = accounts.create("somebody", 3);
    authenticator.authenticate(created.apiKey());
    store.tokens.clear();
    nanos.addAndGet(RecentTokens.KEPT.toNanos() - 1);
    assertThat(authenticator.authenticate(created.apiKey())).isEqualTo(created.account());
    nanos.addAndGet(1);
    assertUnknown(created.apiKey());
  }

  @Test
  void unknownTokenIsLookedUpEachTime() {
    Accounts.NewAccount created = accounts.create("somebody", 3);
    var owner = store.tokens.remove(ApiTokens.sha256(created.apiKey()));
    assertUnknown(created.apiKey());
    store.tokens.put(ApiTokens.sha256(created.apiKey()), owner);
    assertThat(authenticator.authenticate(created.apiKey())).isEqualTo(created.account());
  }

  @Test
  void oldestIsForgottenWhenThereAreTooMany() {
    Account account = accounts.create("somebody", 3).account();
    RecentTokens recent = new RecentTokens(nanos::get);
    for (int i = 0; i <= RecentTokens.MAX_TOKENS; i++) {
      recent.note("hash " + i, account, nanos.get());
    }
    assertThat(recent.find("hash 0")).isEmpty();
    assertThat(recent.find("hash 1")).contains(account);
    assertThat(recent.find("hash " + RecentTokens.MAX_TOKENS)).contains(account);
  }

  private void assertUnknown(String token) {
    assertThatThrownBy(() -> authenticator.authenticate(token))
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED));
  }
}
