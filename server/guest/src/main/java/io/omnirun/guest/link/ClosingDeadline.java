package io.omnirun.guest.link;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a channel when a time has passed, unless it is called off before: the bound for blocking
 * calls on channels that have no time-outs of their own. Thread-safe.
 */
public final class ClosingDeadline {
  private static final Logger log = LoggerFactory.getLogger(ClosingDeadline.class);

  private final CompletableFuture<Void> finished = new CompletableFuture<>();

  private ClosingDeadline() {}

  /** Starts the clock. Whoever blocks on the channel then sees it closed under his call. */
  public static ClosingDeadline start(Duration limit, Closeable channel) {
    ClosingDeadline deadline = new ClosingDeadline();
    deadline
        .finished
        .orTimeout(limit.toNanos(), TimeUnit.NANOSECONDS)
        .whenComplete((nothing, expiry) -> closeIfExpired(channel, expiry != null));
    return deadline;
  }

  private static void closeIfExpired(Closeable channel, boolean expired) {
    if (!expired) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      log.warn("a channel whose time is over was not closed cleanly", e);
    }
  }

  /** Stops the clock; false if the time had passed, and the channel is closed. */
  public boolean callOff() {
    return finished.complete(null) || !finished.isCompletedExceptionally();
  }
}
