package io.omnirun.core.ports;

import io.omnirun.model.MachineId;
import java.util.Set;

/**
 * The machines of this node that were paused: files and nothing else. They are named by the machine
 * that they were, and one that is there is whole. Thread-safe; calls block.
 */
public interface PausedMachines {
  /**
   * Makes a machine that goes on where a paused one stood still; returns when its agent answers and
   * its clock is right. The files stay as they are: they are deleted when the new machine counts.
   *
   * @param id the new machine's
   * @param accessToken the one its identity was given
   * @throws io.omnirun.model.OmniRunException PAUSED_STATE_DAMAGED if there is nothing to be made
   *     of the files any more, PAUSED_STATE_INCOMPATIBLE if this host cannot run what is in them,
   *     CAPACITY_EXHAUSTED or NO_SPACE if it has no room, MACHINE_FAILED if the VMM broke, or
   *     GUEST_UNREACHABLE; nothing of the new machine is left behind then
   */
  Machine resume(MachineId paused, MachineId id, String accessToken, PauseSeal seal);

  /** Those that are there. */
  Set<MachineId> all();

  /** Removes the files of one. Idempotent. */
  void delete(MachineId paused);
}
