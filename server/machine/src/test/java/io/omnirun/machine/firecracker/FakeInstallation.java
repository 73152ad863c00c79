package io.omnirun.machine.firecracker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.HostCapacity;
import io.omnirun.model.SizeClass;
import io.omnirun.testkit.firecracker.FakeFirecracker;
import io.omnirun.testkit.firecracker.FakeFirecracker.Fault;
import io.omnirun.testkit.program.GoBuild;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The driver with the FAKE Firecracker and the real agent, in a directory of a test's. */
final class FakeInstallation implements AutoCloseable {
  static final String IMAGE = "aaaaaaaaaaaaaaaa";
  private static final Path VOLATILE = Path.of("/dev/shm");
  private static final String KERNEL = "bbbbbbbbbbbbbbbb";
  static final SizeClass SIZE = new SizeClass(1, 64, 64);

  final Path machines;
  final Path cache;
  final Path memory;
  final Path paused;
  private final Path root;
  private final GuestHttp http = GuestHttp.start();
  private final Path program;
  private final FirecrackerHost host;
  UnjailedVmms vmms;

  /** Lays one out; a test that is not root's is skipped, and says so. */
  static FakeInstallation asRoot(Path root) throws IOException {
    assumeTrue(
        System.getProperty("user.name").equals("root"), "SKIPPED: needs root for namespaces");
    return new FakeInstallation(root);
  }

  private FakeInstallation(Path root) throws IOException {
    this.root = root;
    this.machines = Files.createDirectory(root.resolve("machines"));
    this.cache = Files.createDirectory(root.resolve("cache"));
    this.memory = Files.createTempDirectory(VOLATILE, "omnirun-test");
    this.paused = Files.createDirectory(root.resolve("paused"));
    this.program = install("1.15.1", Set.of());
    this.host = FirecrackerHost.of(FirecrackerBinary.ask(program));
    Files.writeString(
        Files.createDirectories(cache.resolve("images").resolve(IMAGE)).resolve("base.img"),
        "the base image");
    Files.write(root.resolve("vmlinux"), new byte[] {0x7F, 'E', 'L', 'F'});
    Files.writeString(root.resolve("initrd"), "the agent");
    this.vmms = vmms();
  }

  /** Puts another binary in the place of the present one. */
  Path install(String version, Set<Fault> faults) throws IOException {
    return FakeFirecracker.install(root, GoBuild.of("./agent/cmd/agent"), version, faults);
  }

  FirecrackerSettings settings() {
    return settings(host);
  }

  FirecrackerSettings settings(FirecrackerHost host) {
    return settings(host, 0);
  }

  FirecrackerSettings settings(FirecrackerHost host, int diskReserveMib) {
    return settings(host, new MemoryRoom(memory), diskReserveMib);
  }

  /** A server whose directory for memory has less room than there is. */
  FirecrackerSettings settings(MemoryRoom room) {
    return settings(host, room, 0);
  }

  private FirecrackerSettings settings(FirecrackerHost host, MemoryRoom room, int diskReserveMib) {
    return new FirecrackerSettings(
        machines, room, cache, host, new HostCapacity(root, 0, diskReserveMib));
  }

  /** With the machines that it has paused. */
  FirecrackerMachines node(FirecrackerSettings settings) {
    return FirecrackerMachines.of(
        settings, vmms, GuestResources.ofNode(http), paused, "it is asked for");
  }

  MachineDriver driver(FirecrackerSettings settings) {
    return node(settings).driver();
  }

  FirecrackerGoldenBuilder builder(FirecrackerSettings settings) {
    return new FirecrackerGoldenBuilder(
        settings, vmms, GuestResources.ofNode(http), this::kernel, FakeInstallation::makeDisk);
  }

  private static void makeDisk(Path target, int sizeMib) {
    try {
      Files.writeString(target, "blank");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static GoldenRecipe recipe() {
    return new GoldenRecipe(
        "base", SIZE, KERNEL, IMAGE, List.of("true"), Optional.empty(), Optional.empty());
  }

  /** Of a server that knows of none yet. */
  UnjailedVmms vmms() {
    return new UnjailedVmms(settings(), program);
  }

  FirecrackerProbe probe(Duration patience) {
    return new FirecrackerProbe(
        settings(), vmms, GuestResources.ofNode(http), FakeInstallation::makeDisk, patience);
  }

  /** The same through a launcher, which starts them. */
  FirecrackerNode throughLauncher(Path socket) {
    return new FirecrackerNode(
        socket,
        settings(),
        GuestResources.ofNode(http),
        new FirecrackerNode.Origins(this::kernel, FakeInstallation::makeDisk));
  }

  KernelFiles kernel() {
    return kernel(KERNEL);
  }

  private KernelFiles kernel(String hash) {
    return new KernelFiles(hash, root.resolve("vmlinux"), root.resolve("initrd"));
  }

  @Override
  public void close() {
    vmms.living().forEach(vmms::kill);
    http.close();
    new MemoryDirectory(memory).delete();
  }
}
