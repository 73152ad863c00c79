package io.omnirun.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.LlmLedger.Batch;
import io.omnirun.core.ports.LlmLedger.Budget;
import io.omnirun.core.ports.LlmLedger.Movement;
import io.omnirun.model.AccountId;
import io.omnirun.model.CapPeriod;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmBooking;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.LlmUsage;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import io.omnirun.model.TokenId;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Purses of one account; money and tokens are small numbers here. */
class TestAccountPurses {
  private static final AccountId ACCOUNT = AccountId.random();
  private static final LocalDate DAY = LocalDate.parse("2026-03-01");
  private static final Budget WHOLE = budget(LlmSubject.ACCOUNT);
  private static final Budget TOKEN = budget(LlmSubject.of(TokenId.random()));
  private static final Budget SANDBOX = budget(LlmSubject.of(SandboxId.random()));

  private final InMemoryLlmLedger ledger = new InMemoryLlmLedger();
  private final AccountPurses purses = new AccountPurses(ledger);
  private int batches;

  private static Budget budget(LlmSubject subject) {
    return new Budget(ACCOUNT, subject, DAY);
  }

  private static LlmCap cap(long money, long tokens) {
    return new LlmCap(OptionalLong.of(money), OptionalLong.of(tokens), CapPeriod.TOTAL);
  }

  private static LlmAmounts amounts(long money, long tokens) {
    return new LlmAmounts(money, tokens);
  }

  private static LlmBooking booking(long money, long tokens) {
    return new LlmBooking(
        ACCOUNT,
        Optional.empty(),
        Optional.empty(),
        "m",
        Instant.EPOCH,
        LlmUsage.of(tokens, 0),
        money,
        false);
  }

  private LlmReservation reserve(LlmCap cap, long money, long tokens) {
    return purses.reserve(Map.of(WHOLE, cap), amounts(money, tokens));
  }

  private void write() {
    List<LlmBooking> bookings = new ArrayList<>();
    List<Movement> movements = new ArrayList<>();
    purses.drainTo(bookings, movements);
    ledger.book(new Batch("batch " + batches++, bookings, movements));
  }

  private void requireRefused(LlmCap cap, long money, long tokens) {
    assertThatThrownBy(() -> reserve(cap, money, tokens).close())
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LLM_CAP_REACHED));
  }

  @Test
  void theWorstIsKeptUntilACallIsOverAndThenWhatItHasCost() {
    LlmCap cap = cap(100, 1_000);
    LlmReservation first = reserve(cap, 60, 10);
    requireRefused(cap, 60, 10);
    first.settle(booking(30, 5));
    reserve(cap, 60, 10).close();
    reserve(cap, 70, 10).close();
    requireRefused(cap, 71, 10);
    write();
    assertThat(ledger.spent(WHOLE)).isEqualTo(amounts(30, 5));
    requireRefused(cap, 71, 10);
    reserve(cap, 70, 10).close();
  }

  @Test
  void tokensAreBoundedAsMoneyIs() {
    LlmCap cap = cap(1_000, 100);
    LlmReservation first = reserve(cap, 1, 60);
    requireRefused(cap, 1, 41);
    first.close();
    reserve(cap, 1, 100).close();
  }

  @Test
  void aReservationEndsOnce() {
    LlmCap cap = cap(100, 1_000);
    LlmReservation reservation = reserve(cap, 60, 10);
    reservation.settle(booking(50, 5));
    reservation.settle(booking(50, 5));
    reservation.close();
    LlmReservation other = reserve(cap, 50, 10);
    other.close();
    other.settle(booking(50, 5));
    write();
    assertThat(ledger.bookings()).hasSize(1);
    assertThat(ledger.spent(WHOLE)).isEqualTo(amounts(50, 5));
  }

  @Test
  void whatAProviderUsedBeyondTheReservedIsBookedAndMissingToOthers() {
    LlmCap cap = cap(100, 1_000);
    LlmReservation running = reserve(cap, 20, 10);
    reserve(cap, 10, 10).settle(booking(75, 500));
    requireRefused(cap, 10, 10);
    write();
    assertThat(ledger.spent(WHOLE)).isEqualTo(amounts(75, 500));
    requireRefused(cap, 6, 10);
    reserve(cap, 5, 10).close();
    running.settle(booking(20, 10));
    write();
    write();
    assertThat(ledger.spent(WHOLE)).isEqualTo(amounts(95, 510));
    requireRefused(cap, 6, 10);
    write();
    write();
    assertThat(ledger.taken(WHOLE)).isEqualTo(LlmAmounts.NONE);
  }

  @Test
  void whatWasUsedBeyondTheCapIsBookedToo() {
    LlmCap cap = cap(100, 1_000);
    reserve(cap, 100, 10).settle(booking(250, 5_000));
    requireRefused(cap, 1, 1);
    write();
    assertThat(ledger.spent(WHOLE)).isEqualTo(amounts(250, 5_000));
    assertThat(ledger.taken(WHOLE)).isEqualTo(LlmAmounts.NONE);
    requireRefused(cap, 1, 1);
    write();
    assertThat(ledger.taken(WHOLE)).isEqualTo(LlmAmounts.NONE);
  }

  @Test
  void anIdlePurseGivesBackWhatItTook() {
    LlmCap cap = cap(10_000, 1_000_000);
    reserve(cap, 10, 100).settle(booking(5, 50));
    assertThat(ledger.taken(WHOLE)).isEqualTo(amounts(80, 800));
    write();
    assertThat(ledger.taken(WHOLE)).isEqualTo(amounts(75, 750));
    write();
    assertThat(ledger.taken(WHOLE)).isEqualTo(LlmAmounts.NONE);
    assertThat(ledger.spent(WHOLE)).isEqualTo(amounts(5, 50));
  }

  @Test
  void aPurseInUseGivesNothingBack() {
    LlmReservation running = reserve(cap(10_000, 1_000_000), 10, 100);
    write();
    write();
    assertThat(ledger.taken(WHOLE)).isEqualTo(amounts(80, 800));
    running.close();
    write();
    write();
    assertThat(ledger.taken(WHOLE)).isEqualTo(LlmAmounts.NONE);
  }

  @Test
  void manyCallsAskTheLedgerSeldom() {
    LlmCap cap = cap(1_000_000, 1_000_000);
    for (int i = 0; i < 16; i++) {
      reserve(cap, 10, 100).settle(booking(10, 100));
    }
    assertThat(ledger.takes()).isEqualTo(2);
  }

  @Test
  void ofSeveralBudgetsAllGiveOrNone() {
    Map<Budget, LlmCap> caps =
        Map.of(WHOLE, cap(1_000, 1_000), TOKEN, cap(500, 1_000), SANDBOX, cap(30, 1_000));
    LlmReservation first = purses.reserve(caps, amounts(20, 10));
    LlmAmounts ofWhole = ledger.taken(WHOLE);
    LlmAmounts ofToken = ledger.taken(TOKEN);
    assertThatThrownBy(() -> purses.reserve(caps, amounts(25, 10))).hasMessageContaining("sandbox");
    assertThat(ledger.taken(WHOLE)).isEqualTo(ofWhole);
    assertThat(ledger.taken(TOKEN)).isEqualTo(ofToken);
    first.settle(booking(20, 10));
    write();
    assertThat(List.of(ledger.spent(WHOLE), ledger.spent(TOKEN), ledger.spent(SANDBOX)))
        .containsOnly(amounts(20, 10));
    write();
    assertThat(List.of(ledger.taken(WHOLE), ledger.taken(TOKEN), ledger.taken(SANDBOX)))
        .containsOnly(LlmAmounts.NONE);
  }

  @Test
  void whatWasRefusedForOneBudgetIsStillThereInTheOthers() {
    Map<Budget, LlmCap> caps = Map.of(WHOLE, cap(50, 1_000), SANDBOX, cap(30, 1_000));
    assertThatThrownBy(() -> purses.reserve(caps, amounts(40, 10)))
        .isInstanceOf(OmniRunException.class);
    reserve(cap(50, 1_000), 50, 10).close();
  }

  @Test
  void aLoweredCapHoldsAlsoForWhatWasTakenBefore() {
    reserve(cap(10_000, 1_000_000), 10, 100).close();
    assertThat(ledger.taken(WHOLE)).isEqualTo(amounts(80, 800));
    requireRefused(cap(5, 1_000_000), 10, 100);
    write();
    assertThat(ledger.taken(WHOLE)).isEqualTo(LlmAmounts.NONE);
    requireRefused(cap(0, 0), 1, 1);
  }

  @Test
  void aRaisedCapHoldsAtOnce() {
    LlmReservation running = reserve(cap(10, 100), 10, 100);
    requireRefused(cap(10, 100), 10, 100);
    reserve(cap(20, 200), 10, 100).close();
    running.close();
  }

  @Test
  void aCapThatComesLaterCountsWhatIsRunning() {
    LlmReservation running = reserve(LlmCap.NONE, 60, 10);
    requireRefused(cap(100, 1_000), 50, 10);
    reserve(cap(100, 1_000), 40, 10).close();
    running.settle(booking(60, 10));
    write();
    assertThat(ledger.spent(WHOLE)).isEqualTo(amounts(60, 10));
    requireRefused(cap(100, 1_000), 41, 10);
  }

  @Test
  void whatHasNoCapIsCountedAndNeverTaken() {
    reserve(LlmCap.NONE, 60, 10).settle(booking(60, 10));
    assertThat(ledger.takes()).isZero();
    write();
    assertThat(ledger.spent(WHOLE)).isEqualTo(amounts(60, 10));
    assertThat(ledger.taken(WHOLE)).isEqualTo(LlmAmounts.NONE);
  }

  @Test
  void parallelCallsNeverExceedTheCap() throws Exception {
    LlmCap cap = cap(1_000, 1_000_000);
    int calls = 200;
    CountDownLatch all = new CountDownLatch(calls);
    List<Future<Boolean>> ran = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < calls; i++) {
        ran.add(
            threads.submit(
                () -> {
                  all.countDown();
                  all.await();
                  return spendIfItFits(cap);
                }));
      }
    }
    int admitted = 0;
    for (Future<Boolean> run : ran) {
      admitted += run.get() ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(100);
    write();
    assertThat(ledger.spent(WHOLE)).isEqualTo(amounts(1_000, 1_000));
  }

  private boolean spendIfItFits(LlmCap cap) {
    try (LlmReservation reservation = reserve(cap, 10, 10)) {
      reservation.settle(booking(10, 10));
      return true;
    } catch (OmniRunException refused) {
      assertThat(refused.code()).isEqualTo(ErrorCode.LLM_CAP_REACHED);
      return false;
    }
  }
}
