package io.omnirun.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.LlmLedger.Budget;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.CapPeriod;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmBooking;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.LlmGrant.OnSpent;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.LlmUsage;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import io.omnirun.model.TokenId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestLlmBudgets {
  private static final Instant NOW = Instant.parse("2026-03-31T23:59:59Z");
  private static final LlmAmounts CALL = new LlmAmounts(10, 10);

  private final Account account = new Account(AccountId.random(), "somebody", 1);
  private final TokenId token = TokenId.random();
  private final LlmCaller outside =
      new LlmCaller(account, Optional.of(token), Optional.empty(), Optional.empty());
  private final InMemoryLlmLedger ledger = new InMemoryLlmLedger();
  private Instant now = NOW;
  private final LlmCaps caps =
      new LlmCaps(
          ledger,
          money(100, CapPeriod.MONTH),
          ((InstantSource) () -> now).withZone(ZoneOffset.UTC));
  private final LlmBudgets budgets = new LlmBudgets(ledger, caps);

  @AfterEach
  void close() {
    budgets.close();
  }

  private static LlmCap money(long picodollars, CapPeriod period) {
    return new LlmCap(OptionalLong.of(picodollars), OptionalLong.empty(), period);
  }

  private LlmCaller inside(LlmCap cap) {
    return LlmCaller.of(account, SandboxId.random(), new LlmGrant(List.of(), cap, OnSpent.REFUSE));
  }

  private Budget budgetOfAccount(String day) {
    return new Budget(account.id(), LlmSubject.ACCOUNT, LocalDate.parse(day));
  }

  private void spend(LlmCaller caller, long picodollars) {
    LlmAmounts worst = new LlmAmounts(picodollars, 10);
    try (LlmReservation reservation = budgets.reserve(caller, worst)) {
      reservation.settle(
          new LlmBooking(
              account.id(),
              caller.token(),
              caller.sandbox(),
              "m",
              now,
              LlmUsage.of(10, 0),
              picodollars,
              false));
    }
  }

  private void requireRefused(LlmCaller caller, LlmAmounts worst) {
    assertThatThrownBy(() -> budgets.reserve(caller, worst).close())
        .isInstanceOf(OmniRunException.class);
  }

  @Test
  void whatAKilledNodeHadTakenIsForfeitBeforeAnythingIsTaken() {
    assertThat(ledger.forfeits()).isOne();
    assertThat(ledger.takes()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 0", "3, 2"})
  void aBatchWhoseWritingFailedIsBookedOnce(int before, int behind) {
    ledger.fail(before, behind);
    spend(outside, 30);
    for (int i = 0; i < before + behind; i++) {
      // The budgets' own thread may have had a failure already.
      writeOrFail();
    }
    spend(outside, 20);
    budgets.write();
    assertThat(ledger.hasFailed()).isTrue();
    assertThat(ledger.bookings()).extracting(LlmBooking::costPicodollars).containsExactly(30L, 20L);
    assertThat(ledger.spent(budgetOfAccount("2026-03-01"))).isEqualTo(new LlmAmounts(50, 20));
    requireRefused(outside, new LlmAmounts(51, 10));
    budgets.reserve(outside, new LlmAmounts(50, 10)).close();
  }

  private void writeOrFail() {
    try {
      budgets.write();
    } catch (IllegalStateException asTold) {
      assertThat(asTold).hasMessageContaining("as told");
    }
  }

  @Test
  void closingWritesDownAndGivesBack() {
    spend(outside, 30);
    budgets.close();
    assertThat(ledger.bookings()).hasSize(1);
    assertThat(ledger.taken(budgetOfAccount("2026-03-01"))).isEqualTo(LlmAmounts.NONE);
  }

  @Test
  void capsOfAccountTokenAndSandboxBoundTogether() {
    caps.set(account.id(), LlmSubject.of(token), money(40, CapPeriod.TOTAL));
    spend(outside, 40);
    requireRefused(outside, CALL);
    LlmCaller sandbox = inside(money(30, CapPeriod.TOTAL));
    spend(sandbox, 30);
    requireRefused(sandbox, CALL);
    LlmCaller other = inside(LlmCap.NONE);
    spend(other, 30);
    requireRefused(other, new LlmAmounts(1, 1));
  }

  @Test
  void aCapThatIsSetHoldsAtOnceAndSoDoesTheUsualOneAgain() {
    budgets.reserve(outside, CALL).close();
    caps.set(account.id(), LlmSubject.ACCOUNT, money(5, CapPeriod.MONTH));
    requireRefused(outside, CALL);
    caps.set(account.id(), LlmSubject.ACCOUNT, money(1_000, CapPeriod.MONTH));
    budgets.reserve(outside, new LlmAmounts(900, 1)).close();
    caps.clear(account.id(), LlmSubject.ACCOUNT);
    requireRefused(outside, new LlmAmounts(900, 1));
    budgets.write();
    budgets.reserve(outside, CALL).close();
  }

  @Test
  void aNewPeriodBeginsWithNothingSpentAndACallBelongsToThatInWhichItBegan() {
    spend(outside, 60);
    LlmReservation lasting = budgets.reserve(outside, new LlmAmounts(40, 10));
    requireRefused(outside, CALL);
    now = NOW.plus(Duration.ofSeconds(1));
    spend(outside, 100);
    requireRefused(outside, CALL);
    lasting.settle(
        new LlmBooking(
            account.id(),
            Optional.of(token),
            Optional.empty(),
            "m",
            now,
            LlmUsage.of(10, 0),
            40,
            false));
    budgets.write();
    assertThat(ledger.spent(budgetOfAccount("2026-03-01")).picodollars()).isEqualTo(100);
    assertThat(ledger.spent(budgetOfAccount("2026-04-01")).picodollars()).isEqualTo(100);
  }

  @Test
  void accountsDoNotShareTheirBudgets() {
    spend(outside, 100);
    LlmCaller other =
        new LlmCaller(
            new Account(AccountId.random(), "other", 1),
            Optional.of(TokenId.random()),
            Optional.empty(),
            Optional.empty());
    budgets.reserve(other, new LlmAmounts(100, 10)).close();
  }
}
