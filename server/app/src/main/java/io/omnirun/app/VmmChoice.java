package io.omnirun.app;

import io.omnirun.machine.firecracker.FirecrackerVersion;
import io.omnirun.machine.firecracker.ProbeResult;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Vmm;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What machines run in, and how that was found out.
 *
 * @param reason for people
 */
record VmmChoice(Vmm vmm, String reason) {
  /**
   * Decides for Firecracker only where a guest in it that is really run answers, and for nothing
   * else where it was asked for.
   *
   * @param accelerator as configured
   * @param guest runs one; is asked only where nothing speaks against it
   * @throws OmniRunException CONFIGURATION_INVALID, with what to do, if Firecracker was asked for
   *     and cannot be had
   */
  static VmmChoice of(
      VmmWish wish, String accelerator, HostInfo host, Supplier<ProbeResult> guest) {
    return switch (wish) {
      case QEMU -> new VmmChoice(Vmm.QEMU, "the configuration says so");
      case AUTO ->
          obstacle(accelerator, host)
              .map(reason -> new VmmChoice(Vmm.QEMU, reason))
              .orElseGet(() -> proved(guest.get()));
      case FIRECRACKER -> required(obstacle(accelerator, host), guest);
    };
  }

  /**
   * Stays with what sandboxes run in, untried: a driver of another VMM could neither take them up
   * nor end them. Empty: none run.
   *
   * @param inUse what they run in
   * @throws OmniRunException CONFIGURATION_INVALID, with what to do, if something else was asked
   *     for, or that cannot be had any more
   */
  static Optional<VmmChoice> kept(VmmWish wish, String accelerator, HostInfo host, Set<Vmm> inUse) {
    for (Vmm vmm : inUse) {
      if (!wish.allows(vmm)) {
        throw new OmniRunException(
            ErrorCode.CONFIGURATION_INVALID,
            "configuration: vmm.kind is %s, but sandboxes run in %s; start the server with vmm.kind=%2$s and end them first"
                .formatted(wish.text(), vmm.text()));
      }
      if (vmm == Vmm.FIRECRACKER) {
        obstacle(accelerator, host)
            .ifPresent(
                reason -> {
                  throw new OmniRunException(
                      ErrorCode.CONFIGURATION_INVALID,
                      "sandboxes run in Firecracker, but %s; put that right, or end the launcher, and with it the sandboxes"
                          .formatted(reason));
                });
      }
    }
    return inUse.stream().findFirst().map(vmm -> new VmmChoice(vmm, "sandboxes run in it"));
  }

  private static VmmChoice proved(ProbeResult result) {
    return new VmmChoice(result.answered() ? Vmm.FIRECRACKER : Vmm.QEMU, result.reason());
  }

  private static VmmChoice required(Optional<String> obstacle, Supplier<ProbeResult> guest) {
    if (obstacle.isPresent()) {
      throw impossible(obstacle.get());
    }
    ProbeResult result = guest.get();
    if (!result.answered()) {
      throw impossible(result.reason());
    }
    return proved(result);
  }

  private static OmniRunException impossible(String reason) {
    return new OmniRunException(
        ErrorCode.CONFIGURATION_INVALID,
        "configuration: vmm.kind is firecracker, but %s; put that right, or set vmm.kind=auto to have QEMU"
            .formatted(reason));
  }

  /** What speaks against Firecracker before any guest is run, with what to do; empty: nothing. */
  static Optional<String> obstacle(String accelerator, HostInfo host) {
    HostInfo.Firecracker firecracker = host.firecracker();
    if (firecracker == null) {
      return Optional.of(
          "the launcher has no Firecracker (start it with --firecracker and --memory-dir)");
    }
    if (accelerator.equals("tcg")) {
      return Optional.of("vmm.accelerator is tcg, which Firecracker does not have");
    }
    if (!host.kvmNode()) {
      return Optional.of("there is no /dev/kvm (load the kvm module, or use a host that has it)");
    }
    return new FirecrackerVersion(firecracker.version(), firecracker.snapshotVersion()).problem();
  }
}
