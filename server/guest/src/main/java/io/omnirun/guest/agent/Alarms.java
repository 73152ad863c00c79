package io.omnirun.guest.agent;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does something when a call has taken too long, up to a quarter of a second late. The JDK's timers
 * are punctual, but each wakes a thread when it is set and again when it is taken back: a call that
 * ends in time, as nearly all do, would pay for that on its way to the guest and back. Here it
 * costs an entry in a set. Thread-safe.
 */
public final class Alarms implements AutoCloseable {
  private static final long LOOK_EVERY_MS = 250;

  private static final Logger log = LoggerFactory.getLogger(Alarms.class);

  private final Set<Alarm> all = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService looking =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("guest-alarms").factory());

  private volatile boolean closed;

  Alarms() {
    looking.scheduleWithFixedDelay(
        () -> all.forEach(Alarms::look), LOOK_EVERY_MS, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
  }

  /** Others must be looked at even if one cannot be heard: it is tried again. */
  private static void look(Alarm alarm) {
    try {
      if (alarm.isOverdue()) {
        Thread.startVirtualThread(alarm::ring);
      }
    } catch (RuntimeException | Error e) {
      log.error("an alarm could not go off", e);
    }
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

    private boolean isOverdue() {
      return System.nanoTime() - beginNanos >= afterNanos;
    }

    private void ring() {
      if (all.remove(this)) {
        action.run();
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
   * @param action is run once, on a thread of its own, unless the alarm was closed before; at once
   *     if this was closed
   */
  public Alarm after(Duration time, Runnable action) {
    Alarm alarm = new Alarm(time, action);
    all.add(alarm);
    if (closed) {
      alarm.ring();
    }
    return alarm;
  }

  /** All alarms go off that are set, for nobody looks at them any more. */
  @Override
  public void close() {
    closed = true;
    looking.shutdownNow();
    all.forEach(Alarm::ring);
  }
}
