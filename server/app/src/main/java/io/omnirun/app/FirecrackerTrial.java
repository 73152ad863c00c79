package io.omnirun.app;

import io.omnirun.machine.HostDetailException;
import io.omnirun.machine.firecracker.ProbeResult;
import io.omnirun.model.OmniRunException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a guest in Firecracker proves, to a server that chooses and to doctor alike. */
final class FirecrackerTrial {
  private static final Logger log = LoggerFactory.getLogger(FirecrackerTrial.class);

  private FirecrackerTrial() {}

  /**
   * One that cannot be tried has failed: a server to whose sandboxes it is all the same starts with
   * QEMU rather than not at all.
   *
   * @param probe runs the guest
   */
  static ProbeResult run(Supplier<ProbeResult> probe) {
    try {
      return probe.get();
    } catch (OmniRunException e) {
      log.warn("no guest could be tried in Firecracker", e);
      return new ProbeResult(
          false, "no guest could be tried in Firecracker: " + HostDetailException.inFull(e));
    }
  }
}
