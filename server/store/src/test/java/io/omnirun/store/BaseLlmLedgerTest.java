package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.llm.LlmBudgets;
import io.omnirun.core.llm.LlmCaps;
import io.omnirun.core.llm.LlmReservation;
import io.omnirun.core.ports.LlmLedger;
import io.omnirun.core.ports.LlmLedger.Batch;
import io.omnirun.core.ports.LlmLedger.Budget;
import io.omnirun.core.ports.LlmLedger.Claim;
import io.omnirun.core.ports.LlmLedger.Movement;
import io.omnirun.model.Account;
import io.omnirun.model.CapPeriod;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmBooking;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.LlmUsage;
import io.omnirun.model.LlmUsageRow;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import io.omnirun.model.TokenId;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine must do with what language models cost. */
abstract class BaseLlmLedgerTest {
  private static final LocalDate MARCH = LocalDate.of(2026, 3, 1);
  private static final Clock CLOCK = Clock.fixed(NOON, ZoneOffset.UTC);
  private static final int CALLS = 200;

  @SuppressWarnings("NullAway.Init")
  private Database database;

  @SuppressWarnings("NullAway.Init")
  private LlmLedger ledger;

  @SuppressWarnings("NullAway.Init")
  private LlmLedger otherNode;

  @SuppressWarnings("NullAway.Init")
  private Account owner;

  /** The address of a fresh, empty database. */
  abstract String newDatabaseUrl();

  @BeforeEach
  void open() {
    database = Database.open(new DatabaseConfig(newDatabaseUrl()));
    ledger = database.llm(NodeId.random());
    otherNode = database.llm(NodeId.random());
    owner = insertAccount(database, 3);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Budget budget() {
    return new Budget(owner.id(), LlmSubject.ACCOUNT, MARCH);
  }

  private static LlmCap cap(long picodollars) {
    return new LlmCap(OptionalLong.of(picodollars), OptionalLong.empty(), CapPeriod.MONTH);
  }

  private static LlmAmounts money(long picodollars) {
    return new LlmAmounts(picodollars, 0);
  }

  private Claim claim(long cap, long needed, long wanted) {
    return new Claim(budget(), cap(cap), money(needed), money(wanted));
  }

  private static Batch batch(List<LlmBooking> bookings, Movement... movements) {
    return new Batch(UUID.randomUUID().toString(), bookings, List.of(movements));
  }

  private LlmBooking booking(Optional<TokenId> token, Optional<SandboxId> sandbox) {
    return new LlmBooking(
        owner.id(), token, sandbox, "a/model", NOON, new LlmUsage(100, 40, 10, 20, 5), 777, true);
  }

  @Test
  void nodesTogetherTakeNoMoreThanTheCap() {
    assertThat(ledger.take(List.of(claim(100, 10, 60)))).containsExactly(money(60));
    assertThat(otherNode.take(List.of(claim(100, 10, 60)))).containsExactly(money(40));
    OmniRunException refusal =
        assertFails(ErrorCode.LLM_CAP_REACHED, () -> ledger.take(List.of(claim(100, 1, 1))));
    assertThat(refusal).hasMessageContaining("your account");
  }

  @Test
  void oneBudgetThatHasNotEnoughLeavesTheOthersAsTheyWere() {
    Budget ofToken = new Budget(owner.id(), LlmSubject.of(TokenId.random()), MARCH);
    Claim tooMuch = new Claim(ofToken, cap(5), money(6), money(6));
    assertFails(ErrorCode.LLM_CAP_REACHED, () -> ledger.take(List.of(claim(100, 50, 50), tooMuch)));
    assertThat(otherNode.take(List.of(claim(100, 100, 100)))).containsExactly(money(100));
  }

  @Test
  void tokensAreBoundedLikeMoney() {
    LlmCap cap = new LlmCap(OptionalLong.empty(), OptionalLong.of(10), CapPeriod.MONTH);
    Claim fits = new Claim(budget(), cap, new LlmAmounts(0, 10), new LlmAmounts(0, 10));
    ledger.take(List.of(fits));
    OmniRunException refusal =
        assertFails(ErrorCode.LLM_CAP_REACHED, () -> ledger.take(List.of(fits)));
    assertThat(refusal).hasMessageContaining("0 tokens");
  }

  @Test
  void whatIsReturnedCanBeTakenAgainAndWhatIsSpentCannot() {
    ledger.take(List.of(claim(100, 100, 100)));
    ledger.book(batch(List.of(), new Movement(budget(), money(30), money(100))));
    assertThat(ledger.spent(budget())).isEqualTo(money(30));
    assertThat(otherNode.take(List.of(claim(100, 1, 100)))).containsExactly(money(70));
  }

  @Test
  void aBatchIsBookedOnceHoweverOftenItIsWritten() {
    Batch batch =
        batch(
            List.of(booking(Optional.empty(), Optional.empty())),
            new Movement(budget(), money(30), LlmAmounts.NONE));
    ledger.book(batch);
    ledger.book(batch);
    assertThat(ledger.spent(budget())).isEqualTo(money(30));
    assertThat(ledger.usage(owner.id(), Optional.empty(), MARCH, 10))
        .singleElement()
        .extracting(LlmUsageRow::calls)
        .isEqualTo(1L);
  }

  @Test
  void whatAKilledNodeHadTakenIsSpentAtItsNextStart() {
    ledger.take(List.of(claim(100, 60, 60)));
    otherNode.take(List.of(claim(100, 10, 10)));
    ledger.forfeit();
    ledger.forfeit();
    assertThat(ledger.spent(budget())).isEqualTo(money(60));
    assertThat(ledger.take(List.of(claim(100, 1, 100)))).containsExactly(money(30));
  }

  @Test
  void usageIsAddedUpByDayModelTokenAndSandbox() {
    TokenId token = TokenId.random();
    SandboxId sandbox = SandboxId.random();
    LlmBooking ofToken = booking(Optional.of(token), Optional.empty());
    LlmBooking ofSandbox = booking(Optional.empty(), Optional.of(sandbox));
    ledger.book(batch(List.of(ofToken, ofSandbox, ofToken)));
    otherNode.book(batch(List.of(ofToken)));
    LlmUsageRow row = ledger.usage(owner.id(), Optional.empty(), MARCH, 10).getFirst();
    assertThat(row.token()).contains(token);
    assertThat(row.sandbox()).isEmpty();
    assertThat(row.day()).isEqualTo(MARCH);
    assertThat(row.calls()).isEqualTo(3);
    assertThat(row.estimatedCalls()).isEqualTo(3);
    assertThat(row.tokens()).isEqualTo(new LlmUsageRow.Tokens(300, 120, 30, 60, 15));
    assertThat(row.costPicodollars()).isEqualTo(3 * 777);
    assertThat(ledger.usage(owner.id(), Optional.of(sandbox), MARCH, 10))
        .singleElement()
        .extracting(LlmUsageRow::calls)
        .isEqualTo(1L);
    assertThat(ledger.usage(owner.id(), Optional.empty(), MARCH.plusDays(1), 10)).isEmpty();
    Account stranger = insertAccount(database, 3);
    assertThat(ledger.usage(stranger.id(), Optional.empty(), MARCH, 10)).isEmpty();
  }

  @Test
  void capsAreKeptReplacedAndTakenBack() {
    LlmSubject token = LlmSubject.of(TokenId.random());
    assertThat(ledger.cap(owner.id(), token)).isEmpty();
    ledger.setCap(owner.id(), token, cap(5));
    LlmCap tokens = new LlmCap(OptionalLong.empty(), OptionalLong.of(7), CapPeriod.DAY);
    ledger.setCap(owner.id(), token, tokens);
    assertThat(otherNode.cap(owner.id(), token)).contains(tokens);
    assertThat(ledger.cap(insertAccount(database, 3).id(), token)).isEmpty();
    ledger.clearCap(owner.id(), token);
    assertThat(ledger.cap(owner.id(), token)).isEmpty();
  }

  /** Each call may cost 10 and costs 7, so of a cap of 700 one hundred calls fit at most. */
  @Test
  void manyCallsAtOnceNeverOverspendACapOnTwoNodes() throws Exception {
    ledger.setCap(owner.id(), LlmSubject.ACCOUNT, cap(700));
    try (LlmBudgets here = budgets(ledger);
        LlmBudgets there = budgets(otherNode)) {
      Callable<Boolean> onHere = () -> call(here);
      Callable<Boolean> onThere = () -> call(there);
      List<Callable<Boolean>> calls =
          new java.util.ArrayList<>(Collections.nCopies(CALLS / 2, onHere));
      calls.addAll(Collections.nCopies(CALLS / 2, onThere));
      List<Boolean> done = Race.run(calls);
      long through = done.stream().filter(each -> each).count();
      assertThat(through).isBetween(50L, 100L);
      here.write();
      there.write();
      assertThat(ledger.spent(budget())).isEqualTo(new LlmAmounts(7 * through, 2 * through));
    }
    assertThat(ledger.take(List.of(claim(700, 0, 700))).getFirst().picodollars())
        .isEqualTo(700 - ledger.spent(budget()).picodollars());
  }

  private static LlmBudgets budgets(LlmLedger ledger) {
    return new LlmBudgets(ledger, new LlmCaps(ledger, LlmCap.NONE, CLOCK));
  }

  private boolean call(LlmBudgets budgets) {
    LlmCaller caller =
        new LlmCaller(owner, Optional.of(TokenId.random()), Optional.empty(), Optional.empty());
    try (LlmReservation reservation = budgets.reserve(caller, new LlmAmounts(10, 4))) {
      reservation.settle(
          new LlmBooking(
              owner.id(),
              caller.token(),
              Optional.empty(),
              "a/model",
              NOON,
              LlmUsage.of(1, 1),
              7,
              false));
      return true;
    } catch (OmniRunException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.LLM_CAP_REACHED);
      return false;
    }
  }
}
