package io.omnirun.machine.launcher;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Says why VMMs ended. Their monitor's connection breaks at once, the launcher's word of how it
 * came follows a moment later; a machine that nobody asks about is forgotten. Thread-safe.
 */
public final class VmmExits {
  /** The launcher reaps within milliseconds; without it there is just less to say. */
  private static final long WAIT_SECONDS = 2;

  private static final String UNKNOWN = "its virtual machine ended unexpectedly";

  private final Map<String, CompletableFuture<MachineExit>> watched = new ConcurrentHashMap<>();

  /** From now on the end of this machine is remembered. */
  public void watch(String machine) {
    watched.put(machine, new CompletableFuture<>());
  }

  /** Is told by the launcher. */
  public void report(MachineExit exit) {
    CompletableFuture<MachineExit> waiting = watched.get(exit.machine());
    if (waiting != null) {
      waiting.complete(exit);
    }
  }

  /** Completes when the launcher tells how a machine that is watched has ended, with the reason. */
  public CompletableFuture<String> told(String machine) {
    return watched
        .computeIfAbsent(machine, unknown -> new CompletableFuture<>())
        .thenApply(MachineExit::reason);
  }

  /** Completes with the reason for the end of a machine that has ended. */
  public CompletableFuture<String> reason(String machine) {
    CompletableFuture<MachineExit> exit = watched.get(machine);
    if (exit == null) {
      return CompletableFuture.completedFuture(UNKNOWN);
    }
    return exit.thenApply(MachineExit::reason)
        .completeOnTimeout(UNKNOWN, WAIT_SECONDS, TimeUnit.SECONDS);
  }

  /** Nobody asks for this one any more. */
  public void forget(String machine) {
    watched.remove(machine);
  }
}
