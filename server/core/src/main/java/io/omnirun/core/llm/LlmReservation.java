package io.omnirun.core.llm;

import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmBooking;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The worst that a call can cost, kept from others until it is known what it has cost. Exactly one
 * of {@link #settle} and {@link #close} has an effect, once. Thread-safe; does not block.
 */
public final class LlmReservation implements AutoCloseable {
  private final AccountPurses purses;
  private final List<Purse> held;
  private final LlmAmounts amounts;
  private final AtomicBoolean over = new AtomicBoolean();

  LlmReservation(AccountPurses purses, List<Purse> held, LlmAmounts amounts) {
    this.purses = purses;
    this.held = held;
    this.amounts = amounts;
  }

  /** The call is over and has cost something. */
  public void settle(LlmBooking booking) {
    if (over.compareAndSet(false, true)) {
      purses.settle(held, amounts, booking);
    }
  }

  /** The call is over; if nobody has settled it, it has cost nothing. */
  @Override
  public void close() {
    if (over.compareAndSet(false, true)) {
      purses.release(held, amounts);
    }
  }
}
