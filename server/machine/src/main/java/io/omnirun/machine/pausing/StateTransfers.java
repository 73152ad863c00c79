package io.omnirun.machine.pausing;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lets few machines at a time be written to the disk or read back: the others wait for their turn.
 * Thread-safe.
 */
public final class StateTransfers {
  /**
   * Each holds up to 5.5 MB of heap, for the chunks of its RAM and its disk; and four threads
   * encrypt for all of them, so more would not be over sooner.
   */
  static final int MAX_AT_ONCE = 4;

  /** A transfer takes seconds; callers give up after a minute. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Semaphore places;
  private final Duration patience;

  public StateTransfers() {
    this(MAX_AT_ONCE, PATIENCE);
  }

  StateTransfers(int maxAtOnce, Duration patience) {
    this.places = new Semaphore(maxAtOnce, true);
    this.patience = patience;
  }

  /** A turn. Its end lets the next one begin; ending it again has no effect. */
  public interface Place extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Waits for a turn.
   *
   * @throws OmniRunException CAPACITY_EXHAUSTED if that takes too long
   */
  public Place enter() {
    try {
      if (!places.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new OmniRunException(
            ErrorCode.CAPACITY_EXHAUSTED,
            "this server pauses or resumes as many sandboxes as it can at once; try again in a moment");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED,
          "interrupted while a pause or resume waited for its turn",
          e);
    }
    AtomicBoolean left = new AtomicBoolean();
    return () -> {
      if (left.compareAndSet(false, true)) {
        places.release();
      }
    };
  }
}
