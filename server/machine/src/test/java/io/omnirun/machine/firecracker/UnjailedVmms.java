package io.omnirun.machine.firecracker;

import io.omnirun.machine.MachineDirectories;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Starts VMMs without a jail, for tests alone: in a session and a network namespace of their own,
 * as this user, who must be root. What a jail mounts beside the VMM's directory are links here. It
 * finds those of another instance by the pid files in their directories.
 */
final class UnjailedVmms implements Vmms {
  private static final String PID = "vmm.pid";

  /** {@code $@} is the VMM's command line. No address, no IPv6: nothing leaves the namespace. */
  private static final String SCRIPT =
      "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; ip tuntap add dev "
          + TAP
          + " mode tap && ip link set dev "
          + TAP
          + " up && exec \"$@\"";

  private final FirecrackerSettings settings;
  private final Path binary;
  private final Map<MachineId, CompletableFuture<String>> ended = new ConcurrentHashMap<>();
  private final Map<MachineId, ProcessHandle> started = new ConcurrentHashMap<>();
  private volatile boolean refusesToKill;

  UnjailedVmms(FirecrackerSettings settings, Path binary) {
    this.settings = settings;
    this.binary = binary;
  }

  @Override
  public CompletableFuture<String> start(VmmStart wanted) {
    MachineId machine = wanted.machine();
    FirecrackerDirectory directory = FirecrackerDirectory.of(settings.machinesDir(), machine);
    try {
      linkFiles(wanted, directory.path());
      Process process =
          new ProcessBuilder(
                  "setsid",
                  "unshare",
                  "--net",
                  "sh",
                  "-c",
                  SCRIPT,
                  "sh",
                  binary.toString(),
                  "--id",
                  machine.value(),
                  "--level",
                  "Off",
                  "--api-sock",
                  "api.sock")
              .directory(directory.vmmDirectory().toFile())
              .redirectErrorStream(true)
              .redirectOutput(directory.log().toFile())
              .start();
      started.put(machine, process.toHandle());
      process.getOutputStream().close();
      Files.writeString(directory.path().resolve(PID), Long.toString(process.pid()));
      CompletableFuture<String> end =
          process.onExit().thenApply(gone -> "Firecracker ended with " + gone.exitValue());
      ended.put(machine, end);
      return end;
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.MACHINE_FAILED, "the VMM was not started", e);
    }
  }

  private void linkFiles(VmmStart wanted, Path directory) throws IOException {
    Path base = BaseImageFile.of(settings.cacheDir(), wanted.image()).path();
    Files.createSymbolicLink(directory.resolve("base"), base.getParent());
    if (wanted.kernel().isPresent()) {
      Path kernel = Files.createDirectory(directory.resolve("kernel"));
      Files.createSymbolicLink(kernel.resolve("vmlinux"), wanted.kernel().get().vmlinux());
      Files.createSymbolicLink(kernel.resolve("initrd"), wanted.kernel().get().initrd());
      return;
    }
    Files.createSymbolicLink(
        directory.resolve("memory"), settings.memory().of(wanted.machine()).path());
    if (wanted.golden().isPresent()) {
      Path shelf = settings.cacheDir().resolve(FirecrackerGoldens.SHELF);
      Files.createSymbolicLink(directory.resolve("golden"), shelf.resolve(wanted.golden().get()));
    }
  }

  @Override
  public CompletableFuture<String> ended(MachineId machine) {
    return ended.computeIfAbsent(
        machine,
        name ->
            handle(name)
                .map(living -> living.onExit().thenApply(gone -> "Firecracker ended"))
                .orElseGet(() -> CompletableFuture.completedFuture("Firecracker ended")));
  }

  private Optional<ProcessHandle> handle(MachineId machine) {
    if (started.containsKey(machine)) {
      return Optional.of(started.get(machine)).filter(ProcessHandle::isAlive);
    }
    try {
      String pid = Files.readString(settings.machinesDir().resolve(machine.value()).resolve(PID));
      return ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive);
    } catch (IOException neverStarted) {
      return Optional.empty();
    }
  }

  /** The VMM of a machine that lives. */
  ProcessHandle process(MachineId machine) {
    return handle(machine).orElseThrow();
  }

  /** From here on nobody ends any: the launcher is away, say. */
  void refuseToKill(boolean refuse) {
    refusesToKill = refuse;
  }

  @Override
  public void kill(MachineId machine) {
    if (refusesToKill) {
      throw new OmniRunException(ErrorCode.MACHINE_FAILED, "told not to end it");
    }
    handle(machine)
        .ifPresent(
            living -> {
              living.destroyForcibly();
              living.onExit().join();
            });
  }

  @Override
  public Set<MachineId> living() {
    return Stream.concat(
            MachineDirectories.list(settings.machinesDir()).stream(), started.keySet().stream())
        .filter(machine -> handle(machine).isPresent())
        .collect(Collectors.toSet());
  }
}
