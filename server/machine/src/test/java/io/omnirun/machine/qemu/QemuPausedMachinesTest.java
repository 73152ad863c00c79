package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.launcher.ScriptedLauncher;
import io.omnirun.machine.pausing.MachineShape;
import io.omnirun.machine.seal.DataKey;
import io.omnirun.machine.seal.SealedOutput;
import io.omnirun.model.Accelerator;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said about files that cannot be resumed; those that can are in tests/e2e. */
class QemuPausedMachinesTest {
  private static final PauseSeal SEAL = new PauseSeal(new byte[32], "test");

  @TempDir Path directory;
  private final MachineId id = MachineId.random();
  private Path files;
  private ScriptedLauncher launcher;
  private QemuHost host;
  private PausedMachines paused;

  @BeforeEach
  void write() throws IOException {
    Path machines = Files.createDirectory(directory.resolve("machines"));
    files = Files.createDirectories(directory.resolve("paused").resolve(id.value()));
    DataKey key = DataKey.random(SEAL);
    Files.write(files.resolve("key"), key.wrap(SEAL));
    writeSealed("ram", key);
    writeSealed("disk", key);
    launcher = new ScriptedLauncher(directory.resolve("launcher.sock"));
    host = new QemuHost(directory.resolve("launcher.sock"), machines, directory.resolve("cache"));
    paused =
        host.machines(
                new AcceleratorChoice(Accelerator.TCG, "as told"),
                new HostCapacity(machines, 0, 0),
                directory.resolve("paused"))
            .paused();
  }

  private void writeSealed(String name, DataKey key) throws IOException {
    try (SealedOutput file = SealedOutput.create(files.resolve(name), key);
        DataOutputStream data = new DataOutputStream(file)) {
      new MachineShape("qemu of another host", "tcg", "image", new SizeClass(1, 256, 64))
          .write(data);
      file.finish();
    }
  }

  @AfterEach
  void close() throws IOException {
    host.close();
    launcher.close();
  }

  @Test
  void filesOfAnotherQemuWaitForIt() {
    assertRefused(ErrorCode.PAUSED_STATE_INCOMPATIBLE, SEAL);
  }

  @Test
  void anotherSecretIsNoDamage() {
    byte[] other = new byte[32];
    Arrays.fill(other, (byte) 1);
    assertRefused(ErrorCode.PAUSED_STATE_UNREADABLE, new PauseSeal(other, SEAL.context()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"key", "ram", "disk"})
  void aFileThatIsNotHereIsNoDamage(String name) throws IOException {
    Files.move(files.resolve(name), directory.resolve("elsewhere"));
    assertRefused(ErrorCode.PAUSED_STATE_UNREADABLE, SEAL);
    assertThat(paused.found()).containsExactly(id);
    assertThat(paused.whole()).isEmpty();
    Files.move(directory.resolve("elsewhere"), files.resolve(name));
    assertThat(paused.whole()).containsExactly(id);
  }

  @Test
  void aFileThatWasChangedIsDamaged() throws IOException {
    byte[] sealed = Files.readAllBytes(files.resolve("disk"));
    sealed[3] ^= 1;
    Files.write(files.resolve("disk"), sealed);
    assertRefused(ErrorCode.PAUSED_STATE_DAMAGED, SEAL);
  }

  private void assertRefused(ErrorCode code, PauseSeal seal) {
    assertThatThrownBy(() -> paused.resume(id, MachineId.random(), "token", seal))
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
    assertThat(launcher.verbs()).isEmpty();
  }
}
