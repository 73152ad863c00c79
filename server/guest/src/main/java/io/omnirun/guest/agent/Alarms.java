package io.omnirun.guest.agent;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Does something when a call has taken too long, up to a quarter of a second late. The JDK's timers
 * are punctual, but each wakes a thread when it is set and again when it is taken back: a call that
 * ends in time, as nearly all do, would pay for that on its way to the guest and back. Here it
 * costs an entry in a set. Thread-safe.
 */
public final class Alarms implements AutoCloseable {
  private static final long LOOK_EVERY_MS = 250;

  private final Set<Alarm> all = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService looking =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("guest-alarms").factory());

  Alarms() {
    looking.scheduleWithFixedDelay(
        () -> all.forEach(Alarm::look), LOOK_EVERY_MS, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
  }

  /** Something that may take too long. Closing it says that it is over. */
  public final class Alarm implements AutoCloseable {
    private final long beginNanos = System.nanoTime();
    private final long afterNanos;
    private final Runnable action;

    private Alarm(Duration after, Runnable action) {
      this.afterNanos = after.toNanos();
      this.action = action;
    }

    private void look() {
      if (System.nanoTime() - beginNanos >= afterNanos && all.remove(this)) {
        Thread.startVirtualThread(action);
      }
    }

    @Override
    public void close() {
      all.remove(this);
    }
  }

  /**
   * Sets an alarm; the caller closes it.
   *
   * @param action is run once, on a thread of its own, unless the alarm was closed before
   */
  public Alarm after(Duration time, Runnable action) {
    Alarm alarm = new Alarm(time, action);
    all.add(alarm);
    return alarm;
  }

  /** After this no alarm goes off. */
  @Override
  public void close() {
    looking.shutdownNow();
  }
}
