package io.omnirun.app;

import io.omnirun.machine.firecracker.ProbeResult;
import io.omnirun.machine.qemu.AcceleratorChoice;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What became of the guests that were tried on a host.
 *
 * @param firecracker of one in Firecracker; none is tried where a server would not
 * @param kvm of one under KVM, whatever it ran in
 */
record Trials(Trial firecracker, Trial kvm) {
  static Trials none(String reason) {
    return new Trials(Trial.notTried(reason), Trial.notTried(reason));
  }

  /**
   * Runs a guest in Firecracker where a server would, and one in QEMU where that has not shown that
   * KVM works: then a server's machines run in QEMU, if it starts.
   *
   * @param obstacle what speaks against Firecracker
   * @param inFirecracker as for {@link FirecrackerTrial#run}
   */
  static Trials run(
      Optional<String> obstacle,
      Supplier<ProbeResult> inFirecracker,
      Supplier<AcceleratorChoice> inQemu) {
    Trial firecracker =
        obstacle
            .map(Trial::notTried)
            .orElseGet(() -> Trial.of(FirecrackerTrial.run(inFirecracker)));
    return new Trials(firecracker, firecracker.answered() ? firecracker : Trial.of(inQemu.get()));
  }
}
