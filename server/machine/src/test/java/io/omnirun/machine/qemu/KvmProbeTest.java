package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.core.ports.BlankDisks;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.machine.launcher.ScriptedLauncher;
import io.omnirun.machine.launcher.VmmExits;
import io.omnirun.model.Accelerator;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said about a guest that never answers; one that is really run is in tests/e2e. */
class KvmProbeTest {
  private static final QemuHost.ProbeImages IMAGES = new QemuHost.ProbeImages("kernel", "image");
  private static final BlankDisks DISKS = (target, sizeMib) -> write(target);
  private static final String REFUSAL = "\"error\":{\"code\":\"%s\",\"message\":\"%s\"}";

  @TempDir Path directory;
  private Path machines;
  private ScriptedLauncher launcher;
  private QemuHost host;

  @BeforeEach
  void start() throws IOException {
    machines = Files.createDirectory(directory.resolve("machines"));
    Path socket = directory.resolve("launcher.sock");
    launcher = new ScriptedLauncher(socket);
    host = new QemuHost(socket, machines, directory.resolve("cache"));
  }

  @AfterEach
  void stop() throws IOException {
    host.close();
    launcher.close();
  }

  @Test
  void aMachineThatEndsIsAnAnswerWithItsReason() {
    launcher.answer(
        "machine.boot",
        spec -> {
          String machine = spec.path("machine").asText();
          hangUpOnWhoeverConnects(machines.resolve(machine).resolve("channel.sock"));
          return List.of(
              "\"ok\":{\"pid\":1,\"startTime\":1}",
              "{\"event\":\"machine.exited\",\"machine\":\"%s\",\"exitCode\":1}"
                  .formatted(machine));
        });

    assertThat(host.tryKvm(IMAGES, DISKS))
        .isEqualTo(
            new AcceleratorChoice(
                Accelerator.TCG,
                "a guest under KVM was tried and did not answer:"
                    + " its virtual machine ended with status 1"));
    assertThat(launcher.verbs()).containsExactly("machine.boot", "machine.kill");
    assertThat(machines).isEmptyDirectory();
  }

  @Test
  void aGuestThatHangsIsAnAnswerInBoundedTime() throws IOException {
    VmmExits exits = new VmmExits();
    try (ScriptedLauncher hanging = new ScriptedLauncher(directory.resolve("hanging.sock"));
        LauncherClient client =
            new LauncherClient(directory.resolve("hanging.sock"), exits::report);
        GuestHttp http = GuestHttp.start();
        SilentGuest guest = new SilentGuest()) {
      hanging.answer(
          "machine.boot",
          spec -> {
            guest.listen(machines.resolve(spec.path("machine").asText()).resolve("channel.sock"));
            return List.of("\"ok\":{\"pid\":1,\"startTime\":1}");
          });
      KvmProbe probe =
          new KvmProbe(
              client, exits, GuestResources.ofNode(http), machines, DISKS, Duration.ofSeconds(1));

      assertThat(probe.run(IMAGES))
          .isEqualTo(
              new AcceleratorChoice(
                  Accelerator.TCG, "a guest under KVM was tried and did not answer within 1 s"));
      assertThat(hanging.verbs()).containsExactly("machine.boot", "machine.kill");
      assertThat(machines).isEmptyDirectory();
    }
  }

  @Test
  void aMachineThatCannotBeStartedIsAnAnswer() {
    launcher.answer("machine.boot", REFUSAL.formatted("unsupported", "this host has no /dev/kvm"));

    assertThat(host.tryKvm(IMAGES, DISKS))
        .isEqualTo(
            new AcceleratorChoice(
                Accelerator.TCG,
                "a guest under KVM could not be started:"
                    + " the launcher refused machine.boot; this host has no /dev/kvm"));
    assertThat(launcher.verbs()).containsExactly("machine.boot", "machine.kill");
    assertThat(machines).isEmptyDirectory();
  }

  @Test
  void aHostWithoutRoomSaysNothingAboutKvm() {
    launcher.answer("machine.boot", REFUSAL.formatted("no_memory", "full"));

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> host.tryKvm(IMAGES, DISKS))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.CAPACITY_EXHAUSTED));
    assertThat(launcher.verbs()).containsExactly("machine.boot", "machine.kill");
    assertThat(machines).isEmptyDirectory();
  }

  @Test
  void aServerStartsWithoutKvmWhenNoGuestCanBeTried() {
    BlankDisks broken =
        (target, sizeMib) -> {
          throw new OmniRunException(ErrorCode.NO_SPACE, "the disk of the host is full");
        };

    assertThat(host.chooseAccelerator(() -> IMAGES, broken))
        .isEqualTo(
            new AcceleratorChoice(
                Accelerator.TCG,
                "no guest could be tried under KVM: the disk of the host is full"));
    assertThat(launcher.verbs()).isEmpty();
    assertThat(machines).isEmptyDirectory();
  }

  @Test
  void withoutTheFlagOrTheNodeNoGuestIsTried() {
    assertThat(AcceleratorChoice.withoutTrying(false, true))
        .contains(new AcceleratorChoice(Accelerator.TCG, "the CPU shows neither vmx nor svm"));
    assertThat(AcceleratorChoice.withoutTrying(true, false))
        .contains(
            new AcceleratorChoice(Accelerator.TCG, "the CPU could, but there is no /dev/kvm"));
    assertThat(AcceleratorChoice.withoutTrying(true, true)).isEmpty();
  }

  /** What is left of a VMM that has died: a socket that breaks. */
  private static void hangUpOnWhoeverConnects(Path socket) {
    try {
      ServerSocketChannel listener = ScriptedLauncher.listen(socket);
      Thread.ofVirtual()
          .start(
              () -> {
                try (listener) {
                  listener.accept().close();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A socket where a connection succeeds and nobody ever says anything. */
  private static final class SilentGuest implements AutoCloseable {
    private @Nullable ServerSocketChannel listener;

    void listen(Path socket) {
      try {
        listener = ScriptedLauncher.listen(socket);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      if (listener != null) {
        listener.close();
      }
    }
  }

  private static void write(Path disk) {
    try {
      Files.createFile(disk);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
