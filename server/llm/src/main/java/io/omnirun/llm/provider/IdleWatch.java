package io.omnirun.llm.provider;

import io.omnirun.core.Recurring;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Cuts what waits for a provider for too long; late by a second at most. Time in which nobody waits
 * for it, because the client is slow, does not count. Thread-safe.
 */
final class IdleWatch implements AutoCloseable {
  private static final Duration ROUND = Duration.ofSeconds(1);

  private final Set<Watched> all = ConcurrentHashMap.newKeySet();
  private final Recurring chores = new Recurring();

  IdleWatch() {
    chores.every(ROUND, "ending calls of silent providers", () -> all.forEach(Watched::look));
  }

  /** Somebody who may wait. Closing it ends the watch. */
  final class Watched implements AutoCloseable {
    private static final long NOT_WAITING = 0;

    private final long patienceNanos;
    private final Runnable cut;
    private volatile long waitingSince = NOT_WAITING;
    private volatile boolean isCut;

    private Watched(Duration patience, Runnable cut) {
      this.patienceNanos = patience.toNanos();
      this.cut = cut;
    }

    /** Begins to wait. */
    void begin() {
      waitingSince = System.nanoTime() | 1;
    }

    /** Something has come. */
    void end() {
      waitingSince = NOT_WAITING;
    }

    boolean isCut() {
      return isCut;
    }

    private void look() {
      long since = waitingSince;
      if (since != NOT_WAITING && System.nanoTime() - since > patienceNanos) {
        isCut = true;
        cut.run();
      }
    }

    @Override
    public void close() {
      all.remove(this);
    }
  }

  Watched watch(Duration patience, Runnable cut) {
    Watched watched = new Watched(patience, cut);
    all.add(watched);
    return watched;
  }

  @Override
  public void close() {
    chores.close();
  }
}
