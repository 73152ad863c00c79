package io.omnirun.core.llm;

import io.omnirun.core.ports.LlmLedger;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmBooking;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.LlmUsageRow;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The ledger of one node, which fails when it is told to. */
final class InMemoryLlmLedger implements LlmLedger {
  private record Subject(AccountId account, LlmSubject subject) {}

  private final Map<Budget, LlmAmounts> spent = new HashMap<>();
  private final Map<Budget, LlmAmounts> taken = new HashMap<>();
  private final Map<Subject, LlmCap> caps = new HashMap<>();
  private final List<LlmBooking> bookings = new ArrayList<>();
  private String lastBatch = "";
  private int takes;
  private int forfeits;
  private int failuresBefore;
  private int failuresBehind;

  @Override
  public synchronized List<LlmAmounts> take(List<Claim> claims) {
    takes++;
    for (Claim claim : claims) {
      if (!left(claim).covers(claim.needed())) {
        throw new OmniRunException(
            ErrorCode.LLM_CAP_REACHED, "nothing left of " + claim.budget().subject().text());
      }
    }
    return claims.stream().map(this::give).toList();
  }

  private LlmAmounts give(Claim claim) {
    LlmAmounts given = claim.wanted().min(left(claim));
    taken.merge(claim.budget(), given, LlmAmounts::plus);
    return given;
  }

  private LlmAmounts left(Claim claim) {
    return new LlmAmounts(whole(claim.cap().picodollars()), whole(claim.cap().tokens()))
        .minus(spent(claim.budget()))
        .minus(taken(claim.budget()));
  }

  private static long whole(OptionalLong cap) {
    return cap.orElse(Long.MAX_VALUE / 2);
  }

  @Override
  public synchronized void book(Batch batch) {
    if (failuresBefore > 0) {
      failuresBefore--;
      throw new IllegalStateException("not written, as told");
    }
    if (!batch.id().equals(lastBatch)) {
      lastBatch = batch.id();
      bookings.addAll(batch.bookings());
      for (Movement movement : batch.movements()) {
        spent.merge(movement.budget(), movement.spent(), LlmAmounts::plus);
        taken.merge(
            movement.budget(), LlmAmounts.NONE.minus(movement.released()), LlmAmounts::plus);
      }
    }
    if (failuresBehind > 0) {
      failuresBehind--;
      throw new IllegalStateException("written, but nobody is told, as told");
    }
  }

  /** Has the next batch fail: so often before it is written, then so often after. */
  synchronized void fail(int before, int behind) {
    failuresBefore = before;
    failuresBehind = behind;
  }

  synchronized boolean hasFailed() {
    return failuresBefore + failuresBehind == 0;
  }

  @Override
  public synchronized void forfeit() {
    forfeits++;
  }

  @Override
  public synchronized LlmAmounts spent(Budget budget) {
    return spent.getOrDefault(budget, LlmAmounts.NONE);
  }

  synchronized LlmAmounts taken(Budget budget) {
    return taken.getOrDefault(budget, LlmAmounts.NONE);
  }

  synchronized List<LlmBooking> bookings() {
    return List.copyOf(bookings);
  }

  /** How often something was taken. */
  synchronized int takes() {
    return takes;
  }

  synchronized int forfeits() {
    return forfeits;
  }

  @Override
  public List<LlmUsageRow> usage(
      AccountId account, Optional<SandboxId> sandbox, LocalDate since, int limit) {
    return List.of();
  }

  @Override
  public synchronized Optional<LlmCap> cap(AccountId account, LlmSubject subject) {
    return Optional.ofNullable(caps.get(new Subject(account, subject)));
  }

  @Override
  public synchronized void setCap(AccountId account, LlmSubject subject, LlmCap cap) {
    caps.put(new Subject(account, subject), cap);
  }

  @Override
  public synchronized void clearCap(AccountId account, LlmSubject subject) {
    caps.remove(new Subject(account, subject));
  }
}
