package io.omnirun.machine.firecracker;

import io.omnirun.core.ports.BlankDisks;
import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.machine.GuestResources;
import java.nio.file.Path;

/**
 * Firecracker on this host, through the launcher: makes what works with its machines. Closing it
 * leaves them running.
 */
public final class FirecrackerNode implements AutoCloseable {
  private final FirecrackerSettings settings;
  private final LauncherVmms vmms;
  private final GuestResources guests;
  private final Origins origins;

  /**
   * What machines begin with.
   *
   * @param blankDisks makes the disks that machines of a template begin with
   */
  public record Origins(KernelFiles.Source kernels, BlankDisks blankDisks) {}

  public FirecrackerNode(
      Path launcherSocket, FirecrackerSettings settings, GuestResources guests, Origins origins) {
    this.settings = settings;
    this.vmms = new LauncherVmms(launcherSocket);
    this.guests = guests;
    this.origins = origins;
  }

  /**
   * Runs a guest; blocks for it, half a minute at most if it hangs, and leaves nothing.
   *
   * @param kernel its hash
   * @param image any base image: nothing of it is run
   * @throws io.omnirun.model.OmniRunException if no guest could be tried
   */
  public ProbeResult probe(String kernel, String image) {
    return new FirecrackerProbe(
            settings, vmms, guests, origins.blankDisks(), FirecrackerProbe.PATIENCE)
        .run(origins.kernels().of(kernel), image);
  }

  /** As {@link FirecrackerMachines#of}. */
  public FirecrackerMachines machines(Path pausedDir, String reason) {
    return FirecrackerMachines.of(settings, vmms, guests, pausedDir, reason);
  }

  public GoldenBuilder goldenBuilder() {
    return new FirecrackerGoldenBuilder(
        settings, vmms, guests, origins.kernels(), origins.blankDisks());
  }

  @Override
  public void close() {
    vmms.close();
  }
}
