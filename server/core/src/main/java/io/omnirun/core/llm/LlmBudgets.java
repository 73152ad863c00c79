package io.omnirun.core.llm;

import io.omnirun.core.Recurring;
import io.omnirun.core.ports.LlmLedger;
import io.omnirun.core.ports.LlmLedger.Batch;
import io.omnirun.core.ports.LlmLedger.Movement;
import io.omnirun.model.AccountId;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmBooking;
import io.omnirun.model.LlmCaller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets calls of language models begin only where their worst cost fits into every cap that bounds
 * them. That is decided in memory, out of what this node has taken from the ledger, because a call
 * must not wait for a disk; what was spent is written down some moments later. A node that is
 * killed in between loses what it had taken: its next start counts that as spent. Thread-safe.
 */
public final class LlmBudgets implements AutoCloseable {
  /** How late the ledger learns what was spent: as much is unknown after a crash. */
  private static final Duration WRITING_PAUSE = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(LlmBudgets.class);

  private final LlmLedger ledger;
  private final LlmCaps caps;
  private final Map<AccountId, AccountPurses> purses = new ConcurrentHashMap<>();
  private final ReentrantLock writing = new ReentrantLock();
  private final Recurring chores = new Recurring();
  private @Nullable Batch unwritten;

  /** Takes over nothing of an earlier process but what it must count as spent. */
  public LlmBudgets(LlmLedger ledger, LlmCaps caps) {
    this.ledger = ledger;
    this.caps = caps;
    ledger.forfeit();
    chores.every(WRITING_PAUSE, "writing down what language models have cost", this::round);
  }

  /**
   * Keeps the worst that a call can cost from all others. The caller closes the result; blocks for
   * the database only when what was taken out does not suffice.
   *
   * @throws io.omnirun.model.OmniRunException LLM_CAP_REACHED if it does not fit into some cap
   */
  public LlmReservation reserve(LlmCaller caller, LlmAmounts worst) {
    return purses
        .computeIfAbsent(caller.account().id(), id -> new AccountPurses(ledger))
        .reserve(caps.of(caller), worst);
  }

  private void round() {
    writing.lock();
    try {
      write();
      purses.values().forEach(AccountPurses::topUp);
    } finally {
      writing.unlock();
    }
  }

  /** Writes down all that is settled. Blocks for the database. */
  public void write() {
    writing.lock();
    try {
      if (unwritten != null) {
        book(unwritten);
      }
      Batch batch = drain();
      if (!batch.bookings().isEmpty() || !batch.movements().isEmpty()) {
        book(batch);
      }
    } finally {
      writing.unlock();
    }
  }

  /** One that fails is kept: nobody knows whether it was written, and the ledger tells. */
  private void book(Batch batch) {
    unwritten = batch;
    ledger.book(batch);
    unwritten = null;
  }

  private Batch drain() {
    List<LlmBooking> bookings = new ArrayList<>();
    List<Movement> movements = new ArrayList<>();
    purses.values().forEach(account -> account.drainTo(bookings, movements));
    return new Batch(UUID.randomUUID().toString(), bookings, movements);
  }

  /** Writes down what is settled and gives back the rest, as far as the database lets it. */
  @Override
  public void close() {
    chores.close();
    try {
      write();
      // Purses that were in use until now are given back by the second round.
      write();
    } catch (RuntimeException e) {
      log.error("what language models have cost last could not be written down", e);
    }
  }
}
