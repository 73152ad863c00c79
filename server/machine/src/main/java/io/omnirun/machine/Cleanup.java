package io.omnirun.machine;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What must be undone when an operation of many steps fails: the last acquired is released first,
 * each release runs even if another failed, and all failures are kept. Not thread-safe; used by the
 * one thread that does the operation.
 */
public final class Cleanup {
  private final Deque<Runnable> releases = new ArrayDeque<>();

  /** Remembers a release. Call it before or with the acquisition, never after. */
  public void add(Runnable release) {
    releases.push(release);
  }

  /** Runs all releases because of a failure and returns it, with theirs as suppressed ones. */
  public <E extends Exception> E runAfter(E failure) {
    @Nullable RuntimeException releaseFailure = run();
    if (releaseFailure != null) {
      failure.addSuppressed(releaseFailure);
    }
    return failure;
  }

  /** Runs all releases at the normal end of an operation; throws the first failure. */
  public void runAll() {
    RuntimeException failure = run();
    if (failure != null) {
      throw failure;
    }
  }

  /** Runs all releases; the first failure is returned with the others as suppressed ones. */
  private @Nullable RuntimeException run() {
    RuntimeException first = null;
    while (!releases.isEmpty()) {
      try {
        releases.pop().run();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    return first;
  }
}
