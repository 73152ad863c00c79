package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.machine.GuestConnection;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.machine.launcher.ScriptedLauncher;
import io.omnirun.machine.launcher.VmmExits;
import io.omnirun.machine.pausing.MachineShape;
import io.omnirun.machine.pausing.PausedShelf;
import io.omnirun.machine.pausing.StateTransfers;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A machine whose agent never answers. */
@Timeout(120)
class QemuMachineTest {
  private static final PauseSeal SEAL = new PauseSeal(new byte[32], "test");

  @TempDir Path directory;
  private final GuestHttp http = GuestHttp.start();
  private final VmmExits exits = new VmmExits();
  private MachineDirectory machineDirectory;
  private Path paused;
  private FakeVmm vmm;
  private ScriptedLauncher launcher;
  private QemuMachine machine;

  @BeforeEach
  void start() throws IOException {
    MachineId id = MachineId.random();
    machineDirectory = MachineDirectory.of(directory, id);
    machineDirectory.create();
    Files.writeString(machineDirectory.disk(), "disk");
    paused = directory.resolve("paused");
    vmm = new FakeVmm(machineDirectory.qmpSocket());
    launcher = new ScriptedLauncher(directory.resolve("launcher.sock"));
    exits.watch(id.value());
    QmpClient qmp = QmpClient.connect(machineDirectory);
    machine =
        new QemuMachine(
            machineDirectory,
            new LauncherClient(directory.resolve("launcher.sock"), exits::report),
            qmp,
            GuestConnection.toAdopted(
                GuestResources.ofNode(http),
                machineDirectory.guestPath(),
                "token",
                qmp.ended(),
                Duration.ZERO),
            exits,
            new MachinePausing(
                new PausedShelf(paused), new HostCapacity(directory, 0, 0), new StateTransfers()),
            Optional.empty());
  }

  @AfterEach
  void stop() throws IOException {
    machine.close();
    vmm.close();
    launcher.close();
    http.close();
  }

  @Test
  void anAgentThatDoesNotAnswerIsNoReasonToGiveTheMachineUp() {
    assertThat(machine.ended()).isNotDone();
    assertThatThrownBy(() -> machine.guest().measure())
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.GUEST_UNREACHABLE));
  }

  @Test
  void whatWasNotDisturbedIsLeftAlone() {
    assertThatThrownBy(() -> machine.pause(SEAL))
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.PAUSED_STATE_INCOMPATIBLE));
    machine.runOn();
    assertThat(vmm.verbs()).doesNotContain("stop", "cont");
  }

  @Test
  void nothingRunsBeforeTheFilesOfAFailedPauseAreGone() throws IOException {
    new MachineShape("qemu 7.2 hardware 1", "tcg", "image", new SizeClass(1, 256, 64))
        .save(machineDirectory.shape());
    assertThatThrownBy(() -> machine.pause(SEAL)).isInstanceOf(OmniRunException.class);
    assertThat(vmm.verbs()).contains("stop");

    assertThatThrownBy(machine::runOn).isInstanceOf(OmniRunException.class);
    assertThat(vmm.verbs()).doesNotContain("cont");

    Files.createDirectory(paused);
    machine.runOn();
    machine.runOn();
    assertThat(vmm.verbs()).containsOnlyOnce("cont");
  }
}
