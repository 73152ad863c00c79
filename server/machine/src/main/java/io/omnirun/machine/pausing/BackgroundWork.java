package io.omnirun.machine.pausing;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * One thing that is done beside another, on a thread of its own kind: encrypting a gigabyte would
 * keep virtual threads from their carrier. Thread-safe.
 */
public final class BackgroundWork {
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final Thread thread;

  /** May use channels, which an interrupt closes, and must not block for long in anything else. */
  public interface Work {
    void run() throws IOException;
  }

  private BackgroundWork(String name, Work work) {
    thread = Thread.ofPlatform().daemon().name(name).unstarted(() -> run(work));
  }

  public static BackgroundWork start(String name, Work work) {
    BackgroundWork started = new BackgroundWork(name, work);
    started.thread.start();
    return started;
  }

  /** Whatever ends the thread, also an {@link Error}: nobody may wait for it for ever. */
  private void run(Work work) {
    try {
      work.run();
      done.complete(null);
    } catch (Throwable e) {
      done.completeExceptionally(e);
    }
  }

  /** Is run when the work has failed, at once if it has. */
  public void onFailure(Runnable action) {
    done.whenComplete(
        (result, failure) -> {
          if (failure != null) {
            action.run();
          }
        });
  }

  /** With what it has failed, if it has by then. */
  public Optional<Throwable> failureWithin(Duration patience) {
    return done.handle((result, thrown) -> Optional.ofNullable(thrown))
        .completeOnTimeout(Optional.empty(), patience.toMillis(), TimeUnit.MILLISECONDS)
        .join();
  }

  /**
   * Waits for its end.
   *
   * @throws IOException what it threw, or another with that as its cause
   */
  public void join() throws IOException {
    try {
      done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException known) {
        throw known;
      }
      throw new IOException("the work of " + thread.getName() + " has failed", e.getCause());
    }
  }

  /** Breaks it off: it fails soon, unless it is done. Does not wait. */
  public void interrupt() {
    thread.interrupt();
  }

  /** Breaks it off and returns when it does nothing any more. Idempotent. */
  public void cancel() {
    interrupt();
    done.exceptionally(failure -> null).join();
  }
}
