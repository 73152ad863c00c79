package io.omnirun.core.ports;

import io.omnirun.model.MachineId;
import java.util.Set;

/**
 * Makes machines with one kind of VMM. Shaped so that Firecracker fits beside QEMU: nothing in it
 * knows sockets, command lines or file formats. Thread-safe; calls block.
 */
public interface MachineDriver {
  /** What its machines run on: decided before the first of them, and the same until its end. */
  MachinePlatform platform();

  /**
   * Restores a clone of a golden snapshot and returns when its agent answers.
   *
   * @throws io.omnirun.model.OmniRunException CAPACITY_EXHAUSTED or NO_SPACE if the host has no
   *     room, MACHINE_FAILED if the VMM broke; nothing is left behind then
   */
  Machine clone(MachineId id, GoldenSnapshot golden);

  /**
   * Takes up a machine that was started by an earlier server process, and lets it run if it stands
   * still. Waits a while for its agent; one that does not answer then is tried on until it does,
   * and calls fail in the meantime.
   *
   * @param accessToken the one its identity was given
   * @throws io.omnirun.model.OmniRunException MACHINE_FAILED if its VMM cannot be reached: whether
   *     it lives at all tells {@link #living}
   */
  Machine adopt(MachineId id, String accessToken);

  /** Every machine that has something on this host: a VMM process, a directory. */
  Set<MachineId> found();

  /** Those of them whose VMM lives. */
  Set<MachineId> living();

  /** Ends a machine and removes all it has on the host, whatever is left of it. Idempotent. */
  void remove(MachineId id);
}
