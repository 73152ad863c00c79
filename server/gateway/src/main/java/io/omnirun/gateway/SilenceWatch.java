package io.omnirun.gateway;

import io.omnirun.core.Recurring;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Ends what is silent for too long; late by a second at most. Thread-safe. */
final class SilenceWatch implements AutoCloseable {
  private static final Duration ROUND = Duration.ofSeconds(1);

  private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
  private final Recurring chores = new Recurring();

  SilenceWatch() {
    chores.every(ROUND, "ending previews that are silent", this::endSilent);
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

    final boolean isSilent() {
      return silentNanos() > patienceNanos;
    }

    /** Called once a round while it is silent; must not block. */
    abstract void end();
  }

  void add(Watched one) {
    watched.add(one);
  }

  void remove(Watched one) {
    watched.remove(one);
  }

  private void endSilent() {
    watched.stream().filter(Watched::isSilent).forEach(Watched::end);
  }

  /** Ends all there is. */
  @Override
  public void close() {
    chores.close();
    watched.forEach(Watched::end);
  }
}
