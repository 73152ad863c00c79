package io.omnirun.guest;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a guest within reach: when its front ends, another one is opened, until somebody says that
 * it is enough. Between two fronts is a pause of a second, which grows to five while they do not
 * last: a guest that breaks every session costs little. Thread-safe.
 */
public final class FrontKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FrontKeeper.class);

  /** Waits; an interrupt ends that. */
  @FunctionalInterface
  interface Pause {
    void pause(Duration duration) throws InterruptedException;
  }

  private final String guest;
  private final Supplier<MuxFront> opening;
  private final Pause pause;
  private final Backoff backoff = new Backoff();
  private final CompletableFuture<Boolean> reached = new CompletableFuture<>();
  private final ExecutorService thread =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("front-keeper").factory());

  private FrontKeeper(String guest, Supplier<MuxFront> opening, Pause pause) {
    this.guest = guest;
    this.opening = opening;
    this.pause = pause;
  }

  /**
   * Takes over the guest's first front. The caller closes the keeper, and the fronts no more.
   *
   * @param guest a name for the log
   * @param opening opens a front to a guest that may be in the middle of an old session; may block,
   *     but must end when it is interrupted; throws {@link OmniRunException} if the guest does not
   *     answer
   */
  public static FrontKeeper start(String guest, MuxFront first, Supplier<MuxFront> opening) {
    return start(guest, first, opening, Thread::sleep);
  }

  /** As {@link #start(String, MuxFront, Supplier)}, but the first front is yet to be opened. */
  public static FrontKeeper start(String guest, Supplier<MuxFront> opening) {
    return start(guest, opening, Thread::sleep);
  }

  static FrontKeeper start(String guest, Supplier<MuxFront> opening, Pause pause) {
    FrontKeeper keeper = new FrontKeeper(guest, opening, pause);
    keeper.thread.execute(keeper::openAndKeep);
    return keeper;
  }

  private void openAndKeep() {
    try {
      keep(reopen());
    } catch (InterruptedException stopped) {
      log.debug("guest {} is left alone", guest, stopped);
    }
  }

  static FrontKeeper start(String guest, MuxFront first, Supplier<MuxFront> opening, Pause pause) {
    FrontKeeper keeper = new FrontKeeper(guest, opening, pause);
    keeper.thread.execute(() -> keeper.keep(first));
    return keeper;
  }

  private void keep(MuxFront first) {
    MuxFront front = first;
    reached.complete(true);
    try {
      while (true) {
        IOException reason = awaitEnd(front);
        pause.pause(backoff.next());
        // Not before: most sessions end with their machine, and by now this would have been
        // stopped.
        log.warn("guest {} is out of reach, its session has ended", guest, reason);
        front = reopen();
        log.info("guest {} is within reach again", guest);
      }
    } catch (InterruptedException stopped) {
      log.debug("guest {} is left alone", guest, stopped);
    } finally {
      front.close();
    }
  }

  private IOException awaitEnd(MuxFront front) throws InterruptedException {
    long start = System.nanoTime();
    try {
      return front.ended().get();
    } catch (ExecutionException e) {
      return new IOException("nobody knows why", e);
    } finally {
      backoff.sessionLasted(Duration.ofNanos(System.nanoTime() - start));
    }
  }

  private MuxFront reopen() throws InterruptedException {
    Optional<MuxFront> front = tryToOpen();
    while (front.isEmpty()) {
      pause.pause(backoff.next());
      front = tryToOpen();
    }
    return front.get();
  }

  private Optional<MuxFront> tryToOpen() {
    try {
      return Optional.of(opening.get());
    } catch (OmniRunException e) {
      log.debug("guest {} is still out of reach", guest, e);
    } catch (RuntimeException e) {
      log.error("guest {} could not be tried", guest, e);
    }
    return Optional.empty();
  }

  /**
   * Waits for the first front.
   *
   * @return whether there was one; it is still tried for if not, unless this keeper was stopped
   */
  public boolean awaitReached(Duration patience) {
    return reached.copy().completeOnTimeout(false, patience.toMillis(), MILLISECONDS).join();
  }

  /** Opens no more fronts and closes the present one. Idempotent; does not block. */
  public void stop() {
    thread.shutdownNow();
    reached.complete(false);
  }

  /**
   * Like {@link #stop}; when this returns no front is open or being opened, and the socket is gone.
   */
  @Override
  public void close() {
    stop();
    thread.close();
  }
}
