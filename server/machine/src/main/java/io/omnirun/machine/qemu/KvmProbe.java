package io.omnirun.machine.qemu;

import io.omnirun.core.ports.BlankDisks;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.launcher.BootSpec;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Finds out whether a guest really runs under KVM by running one. A device node proves nothing:
 * software hypervisors have it too and hang or kill a stock kernel. Blocks.
 */
final class KvmProbe {
  /** A guest boots in a second or two under KVM; one that hangs never does. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final SizeClass SIZE = new SizeClass(1, 128);
  private static final int DISK_MIB = 16;

  private final LauncherClient launcher;
  private final GuestResources guests;
  private final Path machinesDir;
  private final BlankDisks blankDisks;

  KvmProbe(
      LauncherClient launcher, GuestResources guests, Path machinesDir, BlankDisks blankDisks) {
    this.launcher = launcher;
    this.guests = guests;
    this.machinesDir = machinesDir;
    this.blankDisks = blankDisks;
  }

  /**
   * Whether the agent of a guest under KVM answers.
   *
   * @param kernel hash of a kernel with its initramfs, in the cache
   * @param image hash of any base image, in the cache
   */
  boolean guestAnswers(String kernel, String image) {
    MachineId id = MachineId.random();
    MachineDirectory directory = MachineDirectory.of(machinesDir, id);
    Cleanup cleanup = new Cleanup();
    try {
      cleanup.add(directory::delete);
      directory.create();
      blankDisks.make(directory.disk(), DISK_MIB);
      cleanup.add(() -> launcher.kill(id.value()));
      launcher.boot(spec(id, kernel, image));
      return answers(directory);
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.NO_SPACE, "the probe's machine could not be made", e);
    } catch (OmniRunException vmmDidNotStart) {
      return false;
    } finally {
      cleanup.runAll();
    }
  }

  private static BootSpec spec(MachineId id, String kernel, String image) {
    return new BootSpec(
        id.value(),
        Accelerator.KVM.text(),
        SIZE.vcpus(),
        SIZE.memoryMib(),
        kernel,
        image,
        KernelCommandLine.TEXT,
        VmmLimits.of(SIZE, 0));
  }

  private boolean answers(MachineDirectory directory) {
    try (GuestConnection answering = GuestConnection.toBooting(guests, directory, PATIENCE)) {
      return true;
    } catch (OmniRunException e) {
      return false;
    }
  }
}
