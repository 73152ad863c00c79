package io.omnirun.core;

import io.omnirun.model.SandboxId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The sandboxes on their way into a pause or out of it: one way at a time for each, and others may
 * wait for its end. Thread-safe.
 */
final class Flights {
  /** Shorter than the time after which clients give a request up. */
  private static final Duration PATIENCE = Duration.ofSeconds(50);

  private final ConcurrentHashMap<SandboxId, CompletableFuture<Void>> current =
      new ConcurrentHashMap<>();

  /** A sandbox's way; whoever began it ends it, when nothing of it is left to do. */
  final class Flight {
    private final SandboxId id;
    private final CompletableFuture<Void> ended;

    private Flight(SandboxId id, CompletableFuture<Void> ended) {
      this.id = id;
      this.ended = ended;
    }

    /** Idempotent. */
    void end() {
      current.remove(id, ended);
      ended.complete(null);
    }
  }

  /** Empty if the sandbox is on its way already. */
  Optional<Flight> begin(SandboxId id) {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    return current.putIfAbsent(id, ended) == null
        ? Optional.of(new Flight(id, ended))
        : Optional.empty();
  }

  /** Waits for the end of a sandbox's way, if it is on one, but not for ever. */
  void await(SandboxId id) {
    CompletableFuture<Void> ended = current.get(id);
    if (ended != null) {
      ended.copy().completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join();
    }
  }
}
