package io.omnirun.http;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The answers that have no end of their own: a server that stops cuts them. Thread-safe. */
final class OpenStreams {
  private final Set<CompletableFuture<Void>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  /** One answer; closing it says that it has ended. */
  @FunctionalInterface
  interface Admission extends AutoCloseable {
    @Override
    void close();
  }

  /** From now on {@link #endAll} completes {@code end}, at once if that was called already. */
  Admission admit(CompletableFuture<Void> end) {
    open.add(end);
    if (ended) {
      end.complete(null);
    }
    return () -> open.remove(end);
  }

  void endAll() {
    ended = true;
    open.forEach(end -> end.complete(null));
  }
}
