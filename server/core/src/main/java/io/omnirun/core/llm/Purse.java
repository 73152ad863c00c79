package io.omnirun.core.llm;

import io.omnirun.core.ports.LlmLedger.Budget;
import io.omnirun.core.ports.LlmLedger.Claim;
import io.omnirun.core.ports.LlmLedger.Movement;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmCap;
import java.util.Optional;

/**
 * What this node has taken out of one budget, and what became of it. What has no cap is not taken
 * out, and still counted when it is spent. Not thread-safe.
 */
final class Purse {
  /** So many calls like the one that finds a purse empty fit into what is taken out then. */
  private static final int CALLS_AHEAD = 8;

  /** A purse that is in use holds what so many rounds like the last one take. */
  private static final int ROUNDS_AHEAD = 4;

  /** Of a budget at most such a part is taken ahead: what is in a purse is in no other node's. */
  private static final int PARTS_OF_CAP = 50;

  private final Budget budget;
  private LlmCap cap;
  private LlmAmounts taken = LlmAmounts.NONE;
  private LlmAmounts reserved = LlmAmounts.NONE;
  private LlmAmounts spent = LlmAmounts.NONE;
  private LlmAmounts unwanted = LlmAmounts.NONE;
  private LlmAmounts latest = LlmAmounts.NONE;
  private LlmAmounts recent = LlmAmounts.NONE;
  private boolean used;

  Purse(Budget budget, LlmCap cap) {
    this.budget = budget;
    this.cap = cap;
  }

  Budget budget() {
    return budget;
  }

  /** A cap can be changed while there is a purse: what was taken under the old one goes back. */
  void setCap(LlmCap newCap) {
    if (!newCap.equals(cap)) {
      LlmAmounts unused = free().max(LlmAmounts.NONE);
      taken = taken.minus(unused);
      unwanted = unwanted.plus(unused);
      cap = newCap;
    }
  }

  private LlmAmounts free() {
    return taken.minus(reserved).minus(spent);
  }

  /** What must be taken out before so much can be reserved; empty: nothing. */
  Optional<Claim> claimFor(LlmAmounts amounts) {
    LlmAmounts missing = bounded(amounts.minus(free()).max(LlmAmounts.NONE));
    if (LlmAmounts.NONE.covers(missing)) {
      return Optional.empty();
    }
    return Optional.of(new Claim(budget, cap, missing, missing.max(bounded(ahead(amounts)))));
  }

  private LlmAmounts ahead(LlmAmounts amounts) {
    LlmAmounts several =
        new LlmAmounts(amounts.picodollars() * CALLS_AHEAD, amounts.tokens() * CALLS_AHEAD);
    return several.min(mostAhead());
  }

  private LlmAmounts mostAhead() {
    return new LlmAmounts(
        cap.picodollars().orElse(0) / PARTS_OF_CAP, cap.tokens().orElse(0) / PARTS_OF_CAP);
  }

  /** Nothing of what has no cap. */
  private LlmAmounts bounded(LlmAmounts amounts) {
    return new LlmAmounts(
        cap.picodollars().isPresent() ? amounts.picodollars() : 0,
        cap.tokens().isPresent() ? amounts.tokens() : 0);
  }

  void take(LlmAmounts amounts) {
    taken = taken.plus(amounts);
  }

  void reserve(LlmAmounts amounts) {
    reserved = reserved.plus(amounts);
    latest = amounts;
    used = true;
  }

  /**
   * What is to be taken out before a call finds the purse empty, and has to wait for the database;
   * empty: nothing, for it is not in use, or has enough.
   */
  Optional<Claim> topUp() {
    if (recent.equals(LlmAmounts.NONE)) {
      return Optional.empty();
    }
    LlmAmounts rounds =
        new LlmAmounts(recent.picodollars() * ROUNDS_AHEAD, recent.tokens() * ROUNDS_AHEAD);
    LlmAmounts target = bounded(ahead(latest).max(rounds.min(mostAhead())));
    LlmAmounts missing = target.minus(free()).max(LlmAmounts.NONE);
    boolean hasHalf = free().plus(free()).covers(target);
    return hasHalf
        ? Optional.empty()
        : Optional.of(new Claim(budget, cap, LlmAmounts.NONE, missing));
  }

  /** What was reserved is not any more; so much of it, or more, is gone. */
  void settle(LlmAmounts wasReserved, LlmAmounts actual) {
    reserved = reserved.minus(wasReserved);
    spent = spent.plus(actual);
    used = true;
  }

  /**
   * What is to be written down, which counts as written. What nobody has reserved goes back when
   * the purse was not used since the last time, so that other nodes can have it.
   */
  Optional<Movement> move() {
    LlmAmounts gone = spent;
    // A provider may have used up more than was reserved, and so more than was taken.
    LlmAmounts released = isIdle() && !used ? taken : bounded(gone).min(taken);
    recent = gone;
    taken = taken.minus(released);
    released = released.plus(unwanted);
    unwanted = LlmAmounts.NONE;
    spent = LlmAmounts.NONE;
    used = false;
    return gone.equals(LlmAmounts.NONE) && released.equals(LlmAmounts.NONE)
        ? Optional.empty()
        : Optional.of(new Movement(budget, gone, released));
  }

  private boolean isIdle() {
    return reserved.equals(LlmAmounts.NONE);
  }

  /** Whether nothing would be lost with it. */
  boolean isEmpty() {
    return isIdle()
        && !used
        && spent.equals(LlmAmounts.NONE)
        && taken.equals(LlmAmounts.NONE)
        && unwanted.equals(LlmAmounts.NONE);
  }
}
