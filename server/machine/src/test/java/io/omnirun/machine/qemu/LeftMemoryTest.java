package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.MachineDriver;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.launcher.ScriptedLauncher;
import io.omnirun.model.Accelerator;
import io.omnirun.model.MachineId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What Firecracker's machines left in memory is in the clear: a server with QEMU removes it too.
 */
class LeftMemoryTest {
  @TempDir private Path directory;
  private final MachineId left = MachineId.random();
  private Path memory;
  private ScriptedLauncher launcher;

  @BeforeEach
  void leaveMemory() throws IOException {
    memory = Files.createDirectory(directory.resolve("memory"));
    Path own = Files.createDirectory(memory.resolve(left.value()));
    Files.writeString(own.resolve("mem"), "secrets");
    Files.writeString(memory.resolve("somebody-elses"), "");
    launcher = new ScriptedLauncher(directory.resolve("launcher.sock"));
    launcher.answer("machine.list", "\"ok\":{\"machines\":[]}");
  }

  @AfterEach
  void closeLauncher() throws IOException {
    launcher.close();
  }

  @Test
  void isFoundAndRemovedWhereTheLauncherNamesTheDirectory() throws IOException {
    launcher.answer(
        "host.info",
        "\"ok\":{\"cgroup\":{\"version\":2,\"controllers\":[]},\"kvmNode\":true,"
            + "\"cpuVirtualization\":true,\"qemuVersion\":\"7.2\",\"hardwareVersion\":1,"
            + "\"instance\":\"fake\",\"firecracker\":{\"version\":\"1.15.1\","
            + "\"snapshotVersion\":\"v9.0.0\",\"memoryDirectory\":\"%s\"}}".formatted(memory));
    try (QemuHost host = host()) {
      MachineDriver driver = driver(host);
      assertThat(driver.found()).containsExactly(left);

      driver.remove(left);
      driver.remove(left);

      assertThat(driver.found()).isEmpty();
      assertThat(memory).isDirectoryNotContaining("glob:**/" + left.value());
      assertThat(memory.resolve("somebody-elses")).exists();
      assertThat(launcher.verbs()).contains("machine.kill");
    }
  }

  @Test
  void isNotLookedForWhereTheLauncherHasNoFirecracker() throws IOException {
    try (QemuHost host = host()) {
      assertThat(driver(host).found()).isEmpty();
    }
  }

  private QemuHost host() throws IOException {
    Path machines = Files.createDirectory(directory.resolve("machines"));
    return new QemuHost(directory.resolve("launcher.sock"), machines, directory);
  }

  private MachineDriver driver(QemuHost host) throws IOException {
    return host.machines(
            new AcceleratorChoice(Accelerator.KVM, "a guest answered"),
            new HostCapacity(directory, 0, 0),
            Files.createDirectory(directory.resolve("paused")))
        .driver();
  }
}
