package io.omnirun.gateway;

import io.omnirun.core.Recurring;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Ends what is silent for too long, and what was let in and would not be any more; late by a second
 * at most, and as long as that takes to find out. Thread-safe.
 */
final class SilenceWatch implements AutoCloseable {
  private static final Duration ROUND = Duration.ofSeconds(1);

  private final Map<Watched, Supplier<Optional<Problem>>> watched = new ConcurrentHashMap<>();
  private final Recurring chores = new Recurring();

  SilenceWatch() {
    chores.every(ROUND, "ending previews that are silent or over", this::round);
  }

  /** Something that moves, or should. */
  abstract static class Watched {
    private final long patienceNanos;
    private volatile long movedNanos = System.nanoTime();

    Watched(Duration patience) {
      this.patienceNanos = patience.toNanos();
    }

    /** Something has moved. */
    public final void moved() {
      movedNanos = System.nanoTime();
    }

    final long silentNanos() {
      return System.nanoTime() - movedNanos;
    }

    /** Whether it has not moved for longer than it may. */
    boolean isSilent() {
      return silentNanos() > patienceNanos;
    }

    /** Called once a round while it is silent; must not block. */
    abstract void end();

    /** Called while it should not go on, with the reason; must not block. */
    abstract void revoke(Problem reason);
  }

  /**
   * Begins to watch.
   *
   * @param over why it should not go on; empty: it may
   */
  void add(Watched one, Supplier<Optional<Problem>> over) {
    watched.put(one, over);
  }

  void remove(Watched one) {
    watched.remove(one);
  }

  private void round() {
    watched.keySet().stream().filter(Watched::isSilent).forEach(Watched::end);
    watched.forEach((one, over) -> over.get().ifPresent(one::revoke));
  }

  /** Ends all there is. */
  @Override
  public void close() {
    chores.close();
    watched.keySet().forEach(Watched::end);
  }
}
