package io.omnirun.core.ports;

import io.omnirun.model.MachineId;
import java.util.concurrent.CompletableFuture;

/** A running machine. Thread-safe. */
public interface Machine extends AutoCloseable {
  MachineId id();

  Guest guest();

  /** Completes once when the VMM has ended, whoever ended it, with the reason for people. */
  CompletableFuture<String> ended();

  /** Stops the virtual CPUs; the guest notices nothing but the time. */
  void pauseVcpus();

  /** Lets them run again. */
  void resumeVcpus();

  /**
   * Ends the VMM and frees everything the machine holds on the host. Idempotent; blocks until all
   * is free. If it throws, something is left, the VMM perhaps: another call tries that again.
   */
  @Override
  void close();
}
