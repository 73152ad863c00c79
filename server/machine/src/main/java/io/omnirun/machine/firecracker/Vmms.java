package io.omnirun.machine.firecracker;

import io.omnirun.model.MachineId;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Starts and ends Firecracker processes: the privileged part. A process's working directory is
 * {@link FirecrackerDirectory#vmmDirectory}, its API socket {@value FirecrackerDirectory#API}
 * there, and it finds the other files where that class says; it has a session and a network
 * namespace of its own with a tap named {@value #TAP}, writes to {@link FirecrackerDirectory#log},
 * and outlives this server. Thread-safe.
 */
public interface Vmms {
  /** The same in every namespace, for a snapshot keeps it. */
  String TAP = "tap0";

  /**
   * Starts one; it need not listen yet when this returns.
   *
   * @return completes with the reason, for people, when the process has ended
   * @throws io.omnirun.model.OmniRunException if it could not be started; nothing is left then
   */
  CompletableFuture<String> start(VmmStart wanted);

  /**
   * As {@link #start} returns it, of one that an earlier server has started; done if it is gone.
   */
  CompletableFuture<String> ended(MachineId machine);

  /** Ends one with SIGKILL and returns when it is gone, with namespace and tap. Idempotent. */
  void kill(MachineId machine);

  /** Those that run. */
  Set<MachineId> living();
}
