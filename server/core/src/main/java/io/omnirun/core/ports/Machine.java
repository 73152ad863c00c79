package io.omnirun.core.ports;

import io.omnirun.model.MachineId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A running machine. Thread-safe. */
public interface Machine extends AutoCloseable {
  MachineId id();

  Guest guest();

  /** The link that it gets when it is plugged in; empty: that is not known beforehand. */
  default Optional<HostLinks.Link> foreseenLink() {
    return Optional.empty();
  }

  /** Completes once when the VMM has ended, whoever ended it, with the reason for people. */
  CompletableFuture<String> ended();

  /** Stops the virtual CPUs; the guest notices nothing but the time. */
  void pauseVcpus();

  /** Lets them run again. */
  void resumeVcpus();

  /**
   * Keeps all that the machine is, encrypted, in files that {@link PausedMachines} knows by its id.
   * When this returns they are on disk and whole, and the virtual CPUs stand still for good: what
   * is left to do is {@link #close}. Calls into the guest break.
   *
   * @throws io.omnirun.model.OmniRunException NO_SPACE if the host's disk is too full,
   *     CAPACITY_EXHAUSTED if too many machines are being paused or resumed, MACHINE_FAILED, or
   *     PAUSED_STATE_INCOMPATIBLE for a machine of a former version; {@link #runOn} is to follow
   *     then
   */
  void pause(PauseSeal seal);

  /**
   * Takes a failed pause back: what was written goes, then the virtual CPUs run and the guest is
   * reached again. Idempotent. If it throws, files may be left and the machine stands still;
   * another call tries that again.
   */
  void runOn();

  /**
   * Ends the VMM and frees everything the machine holds on the host. Idempotent; blocks until all
   * is free. If it throws, something is left, the VMM perhaps: another call tries that again.
   */
  @Override
  void close();
}
