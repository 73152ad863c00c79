package io.omnirun.machine.firecracker;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.HostCapacity;
import io.omnirun.model.MachineId;
import io.omnirun.model.SizeClass;
import io.omnirun.testkit.machine.MachineContract;
import io.omnirun.testkit.program.ProcessMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract of drivers with a real Firecracker, for root on a machine with KVM: {@code
 * OMNIRUN_FIRECRACKER} is the binary, {@code OMNIRUN_FIRECRACKER_FILES} a directory with {@code
 * vmlinux}, {@code initrd} and {@code base.img} as server/images makes them.
 */
class RealFirecrackerContractTest extends MachineContract {
  private static final Path KVM = Path.of("/dev/kvm");
  private static final String IMAGE = "aaaaaaaaaaaaaaaa";
  private static final String KERNEL = "bbbbbbbbbbbbbbbb";

  /** A guest waits for two seconds before it tells what it has freed. */
  private static final Duration REPORT_LIMIT = Duration.ofMinutes(1);

  @TempDir Path directory;
  private @Nullable GuestHttp http;
  private Path binary = Path.of("");
  private Path files = Path.of("");
  private @Nullable Path memory;

  @BeforeEach
  void layOut() throws IOException {
    binary = variable("OMNIRUN_FIRECRACKER");
    files = variable("OMNIRUN_FIRECRACKER_FILES");
    require(Files.isReadable(KVM) && Files.isWritable(KVM), KVM + " cannot be used here");
    require(
        Files.readString(Path.of("/proc/cpuinfo")).matches("(?s).*\\b(vmx|svm)\\b.*"),
        "the CPU has no hardware virtualisation, whatever " + KVM + " says");
    require(System.getProperty("user.name").equals("root"), "only root makes namespaces and taps");
    http = GuestHttp.start();
    Files.createDirectory(machinesDir());
    Files.createDirectory(pausedDir());
    memory = Files.createTempDirectory(Path.of("/dev/shm"), "omnirun-test");
    Path image = Files.createDirectories(directory.resolve("cache/images").resolve(IMAGE));
    Files.copy(files.resolve("base.img"), image.resolve("base.img"));
  }

  private static Path variable(String name) {
    String value = System.getenv(name);
    require(value != null, name + " is not set");
    return Path.of(String.valueOf(value));
  }

  /** Nobody shall take a run without KVM for a proof. */
  private static void require(boolean condition, String reason) {
    if (!condition) {
      System.err.println(
          "*** SKIPPED: nothing was tested with a real Firecracker: " + reason + " ***");
    }
    assumeTrue(condition, "SKIPPED, no real Firecracker: " + reason);
  }

  @AfterEach
  void closeHttp() {
    if (http != null) {
      http.close();
    }
    if (memory != null) {
      new MemoryDirectory(memory).delete();
    }
  }

  private FirecrackerSettings settings(int diskReserveMib) {
    return new FirecrackerSettings(
        machinesDir(),
        new MemoryRoom(requireNonNull(memory, "the test has not begun")),
        directory.resolve("cache"),
        FirecrackerHost.of(FirecrackerBinary.ask(binary)),
        new HostCapacity(directory, 0, diskReserveMib));
  }

  private UnjailedVmms vmms() {
    return new UnjailedVmms(settings(0), binary);
  }

  private GuestResources guests() {
    GuestHttp running = http;
    if (running == null) {
      throw new IllegalStateException("the test has not begun");
    }
    return GuestResources.ofNode(running);
  }

  @Override
  protected MachineDriver driver() {
    return node(0).driver();
  }

  private FirecrackerMachines node(int diskReserveMib) {
    return FirecrackerMachines.of(
        settings(diskReserveMib), vmms(), guests(), pausedDir(), "it is asked for");
  }

  @Override
  protected PausedMachines pausedMachines() {
    return node(0).paused();
  }

  @Override
  protected MachineDriver driverOnFullDisk() {
    return node(FULL_DISK_MIB).driver();
  }

  @Override
  protected Path pausedDir() {
    return directory.resolve("paused");
  }

  @Override
  protected MachineDriver driverOfNextServer() {
    return driver();
  }

  @Override
  protected GoldenBuilder builder() {
    return new FirecrackerGoldenBuilder(
        settings(0),
        vmms(),
        guests(),
        hash -> new KernelFiles(hash, files.resolve("vmlinux"), files.resolve("initrd")),
        RealFirecrackerContractTest::makeDisk);
  }

  private static void makeDisk(Path target, int sizeMib) {
    try {
      Process program =
          new ProcessBuilder("mke2fs", "-q", "-t", "ext4", target.toString(), sizeMib + "M")
              .inheritIO()
              .start();
      if (program.waitFor() != 0) {
        throw new IllegalStateException("mke2fs failed");
      }
    } catch (IOException e) {
      throw new IllegalStateException("mke2fs cannot be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  protected GoldenRecipe recipe() {
    return new GoldenRecipe(
        "base",
        new SizeClass(1, 256, 256),
        KERNEL,
        IMAGE,
        List.of("true"),
        Optional.empty(),
        Optional.empty());
  }

  @Override
  protected Path machinesDir() {
    return directory.resolve("machines");
  }

  @Override
  protected void crash(MachineId machine) {
    vmms().kill(machine);
  }

  @Test
  void aCloneGivesBackWhatItsGuestHasFreed() throws IOException {
    GoldenSnapshot golden = builder().build(recipe(), step -> {});
    try (Machine clone = driver().clone(MachineId.random(), golden)) {
      ProcessHandle vmm = vmms().process(clone.id());
      long before = residentMib(vmm);
      run(clone.guest(), "head -c 64M /dev/zero | tr '\\0' x >/dev/shm/big");
      assertThat(residentMib(vmm)).isGreaterThan(before + 60);

      run(clone.guest(), "rm /dev/shm/big");

      await().atMost(REPORT_LIMIT).until(() -> residentMib(vmm), mib -> mib < before + 30);
    }
  }

  /** Of a process's memory that is its own. */
  private static long residentMib(ProcessHandle process) throws IOException {
    return ProcessMemory.anonymousKib(process.pid()) / 1024;
  }
}
