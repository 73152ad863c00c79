package io.omnirun.machine.firecracker;

import static java.util.Objects.requireNonNull;

import io.omnirun.machine.launcher.FirecrackerSpec;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.machine.launcher.VmmExits;
import io.omnirun.model.MachineId;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** VMMs in the launcher's jail. Thread-safe; closing it leaves them running. */
final class LauncherVmms implements Vmms, AutoCloseable {
  private final VmmExits exits = new VmmExits();
  private final LauncherClient launcher;

  LauncherVmms(Path launcherSocket) {
    this.launcher = new LauncherClient(launcherSocket, exits::report);
  }

  @Override
  public CompletableFuture<String> start(VmmStart wanted) {
    String name = wanted.machine().value();
    exits.watch(name);
    try {
      launcher.firecracker(spec(wanted));
      return exits.told(name);
    } catch (RuntimeException e) {
      exits.forget(name);
      throw e;
    }
  }

  private static FirecrackerSpec spec(VmmStart wanted) {
    Optional<KernelFiles> kernel = wanted.kernel();
    return new FirecrackerSpec(
        wanted.machine().value(),
        wanted.image(),
        wanted.golden().orElse(null),
        kernel.map(KernelFiles::hash).orElse(null),
        kernel.map(files -> nameOfDirectory(files.vmlinux())).orElse(null),
        VmmLimits.of(wanted));
  }

  /** The cache keeps each thing in a directory that is named by its hash. */
  private static String nameOfDirectory(Path file) {
    return requireNonNull(file.getParent(), "a kernel lies in no directory")
        .getFileName()
        .toString();
  }

  @Override
  public CompletableFuture<String> ended(MachineId machine) {
    exits.watch(machine.value());
    return living().contains(machine) ? exits.told(machine.value()) : exits.reason(machine.value());
  }

  @Override
  public void kill(MachineId machine) {
    String name = machine.value();
    launcher.kill(name);
    // The launcher's word may come after its answer.
    exits.reason(name).thenRun(() -> exits.forget(name));
  }

  @Override
  public Set<MachineId> living() {
    return launcher.living();
  }

  @Override
  public void close() {
    launcher.close();
  }
}
