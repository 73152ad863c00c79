package io.omnirun.core.llm;

import io.omnirun.core.ports.LlmLedger;
import io.omnirun.core.ports.LlmLedger.Budget;
import io.omnirun.core.ports.LlmLedger.Claim;
import io.omnirun.core.ports.LlmLedger.Movement;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmBooking;
import io.omnirun.model.LlmCap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * All purses of one account on this node. Thread-safe; only {@link #reserve} blocks, for the
 * database, when a purse has not enough.
 */
final class AccountPurses {
  private final LlmLedger ledger;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Budget, Purse> purses = new HashMap<>();
  private final List<LlmBooking> bookings = new ArrayList<>();

  AccountPurses(LlmLedger ledger) {
    this.ledger = ledger;
  }

  /**
   * Keeps an amount of every budget, or of none.
   *
   * @throws io.omnirun.model.OmniRunException LLM_CAP_REACHED
   */
  LlmReservation reserve(Map<Budget, LlmCap> caps, LlmAmounts amounts) {
    lock.lock();
    try {
      List<Purse> held = caps.entrySet().stream().map(this::purse).toList();
      fill(held, amounts);
      held.forEach(purse -> purse.reserve(amounts));
      return new LlmReservation(this, held, amounts);
    } finally {
      lock.unlock();
    }
  }

  private Purse purse(Map.Entry<Budget, LlmCap> cap) {
    Purse purse = purses.computeIfAbsent(cap.getKey(), key -> new Purse(key, cap.getValue()));
    purse.setCap(cap.getValue());
    return purse;
  }

  private void fill(List<Purse> held, LlmAmounts amounts) {
    List<Purse> lacking = new ArrayList<>();
    List<Claim> claims = new ArrayList<>();
    for (Purse purse : held) {
      purse
          .claimFor(amounts)
          .ifPresent(
              claim -> {
                lacking.add(purse);
                claims.add(claim);
              });
    }
    if (!claims.isEmpty()) {
      give(lacking, ledger.take(claims));
    }
  }

  void settle(List<Purse> held, LlmAmounts reserved, LlmBooking booking) {
    lock.lock();
    try {
      held.forEach(purse -> purse.settle(reserved, booking.amounts()));
      bookings.add(booking);
    } finally {
      lock.unlock();
    }
  }

  void release(List<Purse> held, LlmAmounts reserved) {
    lock.lock();
    try {
      held.forEach(purse -> purse.settle(reserved, LlmAmounts.NONE));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes out what purses in use will want. Blocks for the database, while calls go on; not to be
   * called by two threads at once, nor beside {@link #drainTo}.
   */
  void topUp() {
    Map<Purse, Claim> claims = new LinkedHashMap<>();
    lock.lock();
    try {
      purses.values().forEach(purse -> purse.topUp().ifPresent(claim -> claims.put(purse, claim)));
    } finally {
      lock.unlock();
    }
    if (!claims.isEmpty()) {
      give(List.copyOf(claims.keySet()), ledger.take(List.copyOf(claims.values())));
    }
  }

  private void give(List<Purse> held, List<LlmAmounts> given) {
    lock.lock();
    try {
      for (int i = 0; i < given.size(); i++) {
        held.get(i).take(given.get(i));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Hands over what is to be written down. Purses with nothing in them are forgotten. */
  void drainTo(List<LlmBooking> allBookings, List<Movement> allMovements) {
    lock.lock();
    try {
      allBookings.addAll(bookings);
      bookings.clear();
      purses.values().stream()
          .map(Purse::move)
          .flatMap(Optional::stream)
          .forEach(allMovements::add);
      purses.values().removeIf(Purse::isEmpty);
    } finally {
      lock.unlock();
    }
  }
}
