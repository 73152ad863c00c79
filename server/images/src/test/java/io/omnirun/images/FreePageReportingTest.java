package io.omnirun.images;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.omnirun.testkit.program.GoBuild;
import io.omnirun.testkit.program.ProcessMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That our kernel, with the modules that the agent loads, tells a balloon device of its free pages.
 * The VMM here is QEMU with RAM that no other machine has a part in: a sandbox's is laid out in
 * another way, and has no balloon. What Firecracker makes of the reports this does not show.
 */
class FreePageReportingTest {
  private static final String QEMU = "/usr/bin/qemu-system-x86_64";
  private static final long RAM_MIB = 256;

  /** An emulated kernel boots in five seconds, and waits for two before it reports. */
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @TempDir Path directory;

  @Test
  void aGuestOfOursGivesBackWhatItHasFree() throws Exception {
    assumeTrue(Files.isExecutable(Path.of(QEMU)), "SKIPPED: needs " + QEMU);
    ImageCache cache = new ImageCache(directory, GoBuild.of("./agent/cmd/agent"));
    Kernel kernel = cache.kernel(BuildProgress.SILENT);

    Process machine = boot(kernel);
    try {
      awaitResident(machine, mib -> mib > RAM_MIB);
      awaitResident(machine, mib -> mib < RAM_MIB * 3 / 4);
    } finally {
      machine.destroyForcibly().waitFor();
    }
  }

  private static void awaitResident(Process machine, LongPredicate wanted) {
    await()
        .atMost(LIMIT)
        .failFast("QEMU has ended", () -> !machine.isAlive())
        .until(() -> ProcessMemory.anonymousKib(machine.pid()) / 1024, wanted::test);
  }

  /** All RAM is there from the beginning; without a disk the agent waits for one. */
  private Process boot(Kernel kernel) throws IOException {
    return new ProcessBuilder(
            QEMU,
            "-nodefaults",
            "-no-user-config",
            "-no-reboot",
            "-display",
            "none",
            "-machine",
            "q35,memory-backend=ram,usb=off",
            "-accel",
            "tcg,tb-size=32",
            "-cpu",
            "max,-erms,-la57",
            "-m",
            Long.toString(RAM_MIB),
            "-object",
            "memory-backend-ram,id=ram,prealloc=on,size=%dM".formatted(RAM_MIB),
            "-device",
            "virtio-balloon-pci,free-page-reporting=on",
            "-serial",
            "file:" + directory.resolve("console.log"),
            "-kernel",
            kernel.vmlinuz().toString(),
            "-initrd",
            kernel.initrd().toString(),
            "-append",
            "console=ttyS0 quiet panic=1 rdinit=/init")
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("qemu.log").toFile())
        .start();
  }
}
