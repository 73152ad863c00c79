package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.MachinePlatform;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.launcher.ScriptedLauncher;
import io.omnirun.model.Accelerator;
import io.omnirun.model.MachineKind;
import io.omnirun.model.Vmm;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QemuPlatformTest {
  @TempDir private Path directory;

  @Test
  void driverNamesItsVmmTheAcceleratorAndWhyThatOne() throws IOException {
    Path socket = directory.resolve("launcher.sock");
    try (ScriptedLauncher launcher = new ScriptedLauncher(socket);
        QemuHost host = new QemuHost(socket, directory, directory)) {
      MachineDriver driver =
          host.machines(
                  new AcceleratorChoice(Accelerator.KVM, "a guest answered"),
                  new HostCapacity(directory, 0, 0),
                  directory)
              .driver();
      assertThat(driver.platform())
          .isEqualTo(
              new MachinePlatform(
                  new MachineKind(Vmm.QEMU, Accelerator.KVM), "7.2", "a guest answered"));
      assertThat(launcher.verbs()).isEmpty();
    }
  }
}
