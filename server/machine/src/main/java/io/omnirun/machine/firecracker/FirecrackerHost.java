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
 */
public record FirecrackerHost(FirecrackerVersion firecracker, String cpu, String kernel) {
  private static final String CPU_MODEL = "model name";

  /** This machine with that Firecracker. */
  public static FirecrackerHost of(FirecrackerVersion firecracker) {
    try (Stream<String> cpu = Files.lines(Path.of("/proc/cpuinfo"))) {
      String model =
          cpu.filter(line -> line.startsWith(CPU_MODEL))
              .findFirst()
              .map(line -> line.substring(line.indexOf(':') + 1).strip())
              .orElse("unknown");
      String kernel = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
      return new FirecrackerHost(firecracker, model, kernel);
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the host cannot be read", e);
    }
  }

  /** All that the states of its machines depend on. */
  String vmm() {
    return "firecracker %s (%s) on %s with Linux %s"
        .formatted(firecracker.version(), firecracker.snapshots(), cpu, kernel);
  }
}
