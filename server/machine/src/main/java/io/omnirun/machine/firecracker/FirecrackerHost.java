package io.omnirun.machine.firecracker;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a snapshot's restore depends on: only the same Firecracker, CPU model and host kernel are
 * supported (its docs/snapshotting/versioning.md).
 *
 * @param kvm the device, {@code /dev/kvm}
 */
public record FirecrackerHost(FirecrackerBinary binary, Path kvm, String cpu, String kernel) {
  private static final String CPU_MODEL = "model name";

  /** This machine with that binary. */
  public static FirecrackerHost of(FirecrackerBinary binary, Path kvm) {
    try (Stream<String> cpu = Files.lines(Path.of("/proc/cpuinfo"))) {
      String model =
          cpu.filter(line -> line.startsWith(CPU_MODEL))
              .findFirst()
              .map(line -> line.substring(line.indexOf(':') + 1).strip())
              .orElse("unknown");
      String kernel = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
      return new FirecrackerHost(binary, kvm, model, kernel);
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the host cannot be read", e);
    }
  }

  /** All that the states of its machines depend on. */
  String vmm() {
    return "firecracker %s (%s) on %s with Linux %s"
        .formatted(binary.version(), binary.snapshotVersion(), cpu, kernel);
  }

  /**
   * Before anything is promised: the binary and KVM are still there and ours to use.
   *
   * @throws OmniRunException CONFIGURATION_INVALID, with what to do
   */
  void requireUsable() {
    binary.requireExecutable();
    if (!Files.exists(kvm)) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          kvm + " is not there: Firecracker needs hardware virtualisation; use QEMU on this host");
    }
    if (!Files.isReadable(kvm) || !Files.isWritable(kvm)) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          kvm + " may not be used by this user; add it to the group kvm");
    }
  }
}
