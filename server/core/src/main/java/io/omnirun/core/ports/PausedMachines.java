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
   * its clock is right. An agent that does not answer for a while gets its clock when it does. The
   * files stay as they are: they are deleted when the new machine counts.
   *
   * @param id the new machine's
   * @param accessToken the one its identity was given
   * @throws io.omnirun.model.OmniRunException PAUSED_STATE_UNREADABLE if files or key cannot be
   *     read now, PAUSED_STATE_DAMAGED if the files are not what was written,
   *     PAUSED_STATE_INCOMPATIBLE if this host cannot run what is in them, CAPACITY_EXHAUSTED or
   *     NO_SPACE if it has no room, or MACHINE_FAILED if the VMM broke; nothing of the new machine
   *     is left behind then
   */
  Machine resume(MachineId paused, MachineId id, String accessToken, PauseSeal seal);

  /** Every machine of which there are files, whole or not. */
  Set<MachineId> found();

  /** Those of them whose files are whole. */
  Set<MachineId> whole();

  /** Removes the files of one. Idempotent. */
  void delete(MachineId paused);
}
