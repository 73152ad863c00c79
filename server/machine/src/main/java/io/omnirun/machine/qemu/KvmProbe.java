package io.omnirun.machine.qemu;

import io.omnirun.core.ports.BlankDisks;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestConnection;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.HostDetailException;
import io.omnirun.machine.launcher.BootSpec;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.machine.launcher.VmmExits;
import io.omnirun.model.Accelerator;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Finds out whether a guest really runs under KVM by running one. A device node proves nothing:
 * software hypervisors have it too and hang or kill a stock kernel. Blocks.
 */
final class KvmProbe {
  /** A guest boots in a second or two under KVM; one that hangs never does. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final SizeClass SIZE = new SizeClass(1, 128, 16);

  private final LauncherClient launcher;
  private final VmmExits exits;
  private final GuestResources guests;
  private final Path machinesDir;
  private final BlankDisks blankDisks;
  private final Duration patience;

  /**
   * @param exits is told by the launcher's client
   * @param patience how long the guest may take to answer
   */
  KvmProbe(
      LauncherClient launcher,
      VmmExits exits,
      GuestResources guests,
      Path machinesDir,
      BlankDisks blankDisks,
      Duration patience) {
    this.launcher = launcher;
    this.exits = exits;
    this.guests = guests;
    this.machinesDir = machinesDir;
    this.blankDisks = blankDisks;
    this.patience = patience;
  }

  /**
   * KVM if the agent of a guest under it answers, else TCG with what became of the guest.
   *
   * @throws OmniRunException if no guest could be tried
   */
  AcceleratorChoice run(QemuHost.ProbeImages images) {
    MachineId id = MachineId.random();
    MachineDirectory directory = MachineDirectory.of(machinesDir, id);
    Cleanup cleanup = new Cleanup();
    AcceleratorChoice choice;
    try {
      cleanup.add(directory::delete);
      directory.create();
      blankDisks.make(directory.disk(), SIZE.diskMib());
      cleanup.add(() -> exits.forget(id.value()));
      exits.watch(id.value());
      cleanup.add(() -> launcher.kill(id.value()));
      choice = boot(id, directory, images);
    } catch (IOException e) {
      throw cleanup.runAfter(
          new OmniRunException(ErrorCode.NO_SPACE, "the probe's machine could not be made", e));
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
    cleanup.runAll();
    return choice;
  }

  private AcceleratorChoice boot(
      MachineId id, MachineDirectory directory, QemuHost.ProbeImages images) {
    try {
      launcher.boot(spec(id, images.kernel(), images.image()));
    } catch (OmniRunException e) {
      if (e.code() == ErrorCode.MACHINE_FAILED) {
        return withoutKvm(
            "a guest under KVM could not be started: " + HostDetailException.inFull(e));
      }
      throw e;
    }
    return converse(id, directory);
  }

  private AcceleratorChoice converse(MachineId id, MachineDirectory directory) {
    long began = System.nanoTime();
    try (GuestConnection answering =
        GuestConnection.toBooting(guests, directory.guestPath(), patience)) {
      double seconds = (System.nanoTime() - began) / 1e9;
      return new AcceleratorChoice(
          Accelerator.KVM, "a guest under KVM answered after %.1f s".formatted(seconds));
    } catch (OmniRunException e) {
      return withoutKvm("a guest under KVM was tried and " + end(id, e));
    }
  }

  /** The connection breaks when the VMM ends, and times out when the guest hangs. */
  private String end(MachineId id, OmniRunException silence) {
    return silence.getCause() instanceof SocketTimeoutException
        ? "did not answer within %d s".formatted(patience.toSeconds())
        : "did not answer: " + exits.reason(id.value()).join();
  }

  private static AcceleratorChoice withoutKvm(String reason) {
    return new AcceleratorChoice(Accelerator.TCG, reason);
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
}
