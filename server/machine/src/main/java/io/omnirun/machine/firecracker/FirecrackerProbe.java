package io.omnirun.machine.firecracker;

import io.omnirun.core.ports.BlankDisks;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestConnection;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.HostDetailException;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Finds out whether a guest really runs under Firecracker by running one: neither a binary nor a
 * device node proves it. Blocks.
 */
final class FirecrackerProbe {
  /** A guest boots in a second or two; one that hangs never does. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /**
   * The guest's connection breaks before anybody tells of its VMM's end, by two seconds at most.
   */
  private static final int END_SECONDS = 5;

  private static final SizeClass SIZE = new SizeClass(1, 128, 16);

  private final FirecrackerSettings settings;
  private final Vmms vmms;
  private final GuestResources guests;
  private final BlankDisks blankDisks;
  private final Duration patience;

  /**
   * @param patience how long the guest may take to answer
   */
  FirecrackerProbe(
      FirecrackerSettings settings,
      Vmms vmms,
      GuestResources guests,
      BlankDisks blankDisks,
      Duration patience) {
    this.settings = settings;
    this.vmms = vmms;
    this.guests = guests;
    this.blankDisks = blankDisks;
    this.patience = patience;
  }

  /**
   * What became of the guest; leaves nothing.
   *
   * @param image any base image: nothing of it is run
   * @throws OmniRunException NO_SPACE if none could be tried
   */
  ProbeResult run(KernelFiles kernel, String image) {
    FirecrackerDirectory directory =
        FirecrackerDirectory.of(settings.machinesDir(), MachineId.random());
    Cleanup cleanup = new Cleanup();
    ProbeResult result;
    try {
      cleanup.add(directory::delete);
      directory.create();
      directory.memoryOfBoot().create();
      blankDisks.make(directory.disk(), SIZE.diskMib());
      VmmStart wanted =
          VmmStart.boot(directory.machine(), SIZE, image, kernel, Files.size(directory.disk()));
      result = boot(directory, wanted, cleanup);
    } catch (IOException e) {
      throw cleanup.runAfter(
          new OmniRunException(ErrorCode.NO_SPACE, "the probe's machine could not be made", e));
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
    cleanup.runAll();
    return result;
  }

  private ProbeResult boot(FirecrackerDirectory directory, VmmStart wanted, Cleanup cleanup)
      throws IOException {
    try {
      RunningVmm vmm = RunningVmm.start(vmms, directory, wanted, cleanup);
      FirecrackerBoot.boot(directory, vmm.api(), SIZE);
      return converse(directory, vmm);
    } catch (OmniRunException e) {
      return ProbeResult.failed(
          "a guest under Firecracker could not be started: " + HostDetailException.inFull(e));
    }
  }

  private ProbeResult converse(FirecrackerDirectory directory, RunningVmm vmm) {
    long began = System.nanoTime();
    try (GuestConnection answering =
        GuestConnection.toBooting(guests, directory.guestPath(), patience)) {
      double seconds = (System.nanoTime() - began) / 1e9;
      return ProbeResult.answered(
          "a guest under Firecracker answered after %.1f s".formatted(seconds));
    } catch (OmniRunException e) {
      return ProbeResult.failed("a guest under Firecracker was tried and " + end(vmm, e));
    }
  }

  private String end(RunningVmm vmm, OmniRunException silence) {
    String late = "did not answer within %d s".formatted(patience.toSeconds());
    if (silence.getCause() instanceof SocketTimeoutException) {
      return late;
    }
    return vmm.ended()
        .thenApply(reason -> "did not answer: " + reason)
        .completeOnTimeout(late, END_SECONDS, TimeUnit.SECONDS)
        .join();
  }
}
