package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.machine.launcher.ScriptedLauncher;
import io.omnirun.model.MachineId;
import io.omnirun.testkit.firecracker.FakeFirecracker.Fault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The probe as a server that starts and doctor have it run: through a launcher's protocol, with the
 * FAKE Firecracker behind it. No guest was run under KVM.
 */
class FirecrackerNodeTest extends FakeFirecrackerTest {
  private static final String STARTED = "\"ok\":{\"pid\":1,\"startTime\":1}";
  private static final String DONE = "\"ok\":{}";

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private ScriptedLauncher launcher;

  @BeforeEach
  void listen() throws IOException {
    launcher = new ScriptedLauncher(socket());
    launcher.answer("machine.firecracker", this::start);
    launcher.answer("machine.kill", this::kill);
  }

  private Path socket() {
    return directory.resolve("launcher.sock");
  }

  private List<String> start(JsonNode spec) {
    asked.add(spec.path("kernel").asText() + " " + spec.path("image").asText());
    fake.vmms.start(
        VmmStart.boot(
            new MachineId(spec.path("machine").asText()),
            FakeInstallation.SIZE,
            FakeInstallation.IMAGE,
            fake.kernel(),
            0));
    return List.of(STARTED);
  }

  private List<String> kill(JsonNode spec) {
    fake.vmms.kill(new MachineId(spec.path("machine").asText()));
    return List.of(DONE);
  }

  @AfterEach
  void close() throws IOException {
    if (launcher != null) {
      launcher.close();
    }
  }

  @Test
  void aGuestThatAnswersIsToldAndLeavesNothing() {
    ProbeResult result = probe();

    assertThat(result.reason()).startsWith("a guest under Firecracker answered after");
    assertThat(result.answered()).isTrue();
  }

  @Test
  void oneThatEndsIsToldAndLeavesNothing() throws Exception {
    fake.install("1.15.1", Set.of(Fault.GUEST_RESETS));

    ProbeResult result = probe();

    assertThat(result.reason())
        .startsWith("a guest under Firecracker was tried and did not answer");
    assertThat(result.answered()).isFalse();
  }

  private ProbeResult probe() {
    try (FirecrackerNode node = fake.throughLauncher(socket())) {
      ProbeResult result = node.probe(fake.kernel().hash(), FakeInstallation.IMAGE);
      assertThat(asked).containsExactly(fake.kernel().hash() + " " + FakeInstallation.IMAGE);
      assertThat(launcher.verbs()).containsExactly("machine.firecracker", "machine.kill");
      assertThat(fake.vmms.living()).isEmpty();
      assertThat(fake.machines).isEmptyDirectory();
      return result;
    }
  }
}
