package io.omnirun.machine.firecracker;

import io.omnirun.testkit.firecracker.FakeFirecracker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** One process of the fake Firecracker, in a directory of its own, with its API. */
final class FakeVmm implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);

  /** What boots in the fake, which looks at the first bytes only. */
  private static final byte[] KERNEL = {0x7F, 'E', 'L', 'F', 0};

  final Path directory;
  final FirecrackerApi api;
  final Process process;

  private FakeVmm(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
    this.api = new FirecrackerApi(directory.resolve("api.sock"));
  }

  static FakeVmm start(Path directory, Path agent) throws IOException {
    return start(directory, agent, "1.15.1", Set.of());
  }

  static FakeVmm start(
      Path directory, Path agent, String version, Set<FakeFirecracker.Fault> faults)
      throws IOException {
    Path binary = FakeFirecracker.install(directory, agent, version, faults);
    try (SocketArrival arrival = SocketArrival.arm(directory, directory.resolve("api.sock"))) {
      Process process =
          new ProcessBuilder(binary.toString(), "--id", "m-1", "--api-sock", "api.sock")
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("vmm.log").toFile())
              .start();
      FakeVmm vmm = new FakeVmm(directory, process);
      arrival.await(vmm.ended(), START);
      return vmm;
    }
  }

  CompletableFuture<String> ended() {
    return process.onExit().thenApply(exited -> "exit code " + exited.exitValue());
  }

  /** Lays out and configures a machine without a network, up to its start. */
  void configure() throws IOException {
    Files.write(directory.resolve("vmlinux"), KERNEL);
    Files.writeString(directory.resolve("initrd"), "");
    Files.writeString(directory.resolve("disk.img"), "disk");
    api.put("/machine-config", new ApiBodies.MachineConfig(1, 64));
    api.put("/boot-source", new ApiBodies.BootSource("vmlinux", "initrd", "quiet"));
    api.put("/drives/disk", new ApiBodies.Drive("disk", "disk.img", false, false));
    api.put("/vsock", new ApiBodies.Vsock(3, "vsock.sock"));
    api.put("/entropy", Map.of());
  }

  void boot() throws IOException {
    configure();
    api.put("/actions", new ApiBodies.Action("InstanceStart"));
  }

  void snapshot() {
    api.patch("/vm", ApiBodies.VmState.PAUSED);
    api.put("/snapshot/create", ApiBodies.SnapshotCreate.full("state", "mem"));
  }

  void load(Path from) {
    api.put(
        "/snapshot/load",
        ApiBodies.SnapshotLoad.ofFiles(
            from.resolve("state").toString(), from.resolve("mem").toString()));
  }

  String state() {
    return api.get("/").path("state").asText();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
