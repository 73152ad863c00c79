package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.machine.launcher.ScriptedLauncher;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherVmmsTest {
  private static final SizeClass SIZE = new SizeClass(2, 256, 64);
  private static final String STARTED = "\"ok\":{\"pid\":7,\"startTime\":8}";

  @TempDir Path directory;
  private final MachineId id = MachineId.random();
  private final List<JsonNode> asked = new CopyOnWriteArrayList<>();
  private ScriptedLauncher launcher;
  private LauncherVmms vmms;

  @BeforeEach
  void listen() throws IOException {
    launcher = new ScriptedLauncher(directory.resolve("launcher.sock"));
    launcher.answer(
        "machine.firecracker",
        spec -> {
          asked.add(spec);
          return List.of(STARTED);
        });
    vmms = new LauncherVmms(directory.resolve("launcher.sock"));
  }

  @AfterEach
  void close() throws IOException {
    vmms.close();
    launcher.close();
  }

  @Test
  void aCloneNamesItsSnapshotAndABootItsKernel() {
    vmms.start(VmmStart.clone(id, SIZE, "aaaa", "bbbb", 1L << 30));
    assertThat(asked.getLast().fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("machine", "image", "golden", "limits");
    assertThat(asked.getLast().path("golden").asText()).isEqualTo("bbbb");
    assertThat(asked.getLast().path("limits").path("fileBytes").asLong()).isEqualTo(1L << 30);

    KernelFiles kernel = new KernelFiles("cccc", Path.of("/k/dddd/vmlinux"), Path.of("/k/initrd"));
    vmms.start(VmmStart.boot(id, SIZE, "aaaa", kernel, 0));
    assertThat(asked.getLast().path("kernel").asText()).isEqualTo("cccc");
    assertThat(asked.getLast().path("vmlinux").asText()).isEqualTo("dddd");

    vmms.start(VmmStart.resume(id, SIZE, "aaaa", 0));
    assertThat(asked.getLast().fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("machine", "image", "limits");
  }

  @Test
  void theLauncherTellsHowAVmmEnded() {
    launcher.answer(
        "machine.kill",
        spec ->
            List.of(
                "\"ok\":{}",
                "{\"event\":\"machine.exited\",\"machine\":\"%s\",\"exitCode\":1,\"signal\":0,"
                        .formatted(id.value())
                    + "\"statusKnown\":true,\"oomKilled\":false}"));
    CompletableFuture<String> ended = vmms.start(VmmStart.resume(id, SIZE, "aaaa", 0));

    vmms.kill(id);

    assertThat(ended).succeedsWithin(10, TimeUnit.SECONDS).asString().isNotEmpty();
  }

  @Test
  void whatTheLauncherRefusesIsNotStarted() {
    launcher.answer(
        "machine.firecracker",
        "\"error\":{\"code\":\"unsupported\",\"message\":\"this host has no /dev/kvm\"}");

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> vmms.start(VmmStart.resume(id, SIZE, "aaaa", 0)))
        .withMessage("the launcher refused machine.firecracker")
        .withStackTraceContaining("no /dev/kvm")
        .matches(failure -> failure.code() == ErrorCode.MACHINE_FAILED);
  }

  @Test
  void oneThatIsGoneHasEnded() {
    launcher.answer("machine.list", "\"ok\":{\"machines\":[]}");

    assertThat(vmms.living()).isEmpty();
    assertThat(vmms.ended(id)).succeedsWithin(10, TimeUnit.SECONDS).asString().isNotEmpty();
  }
}
