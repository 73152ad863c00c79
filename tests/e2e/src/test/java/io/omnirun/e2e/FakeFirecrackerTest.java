package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Sandboxes whose machines are the FAKE Firecracker's, under a FAKE jailer, from their creates to
 * their ends.
 */
class FakeFirecrackerTest extends FakeFirecrackerServer {
  @Override
  boolean isJailed() {
    return true;
  }

  @Test
  void theServerTellsWhatItsMachinesRunIn() {
    JsonNode status = client().get("/status").expect(200).json();
    assertThat(status.findValue("vmm").asText()).isEqualTo("firecracker");
    assertThat(status.findValue("accelerator").asText()).isEqualTo("kvm");
    assertThat(server().serverLog()).contains("a guest under Firecracker answered after");
  }

  @Test
  void clonesRunCommandsAndKeepFilesOfTheirOwn() {
    String one = client().createSandbox();
    String other = client().createSandbox();
    assertThat(client().get("/sandboxes/" + one).text("vmm")).isEqualTo("firecracker");
    assertThat(server().vmms())
        .as("a jailer has made the roots of their VMMs")
        .isNotEmpty()
        .allMatch(vmm -> Files.isDirectory(Path.of("/proc/" + vmm.pid() + "/root/program")));
    client().writeFile(one, "/mnt/own", "of the one");
    assertThat(client().output(one, "cat /mnt/own")).isEqualTo("of the one");
    client().readFile(other, "/mnt/own").expectError(404, "file_not_found");
    assertThat(client().output(other, "cat /mnt/booted-as"))
        .as("both come from the same boot")
        .isEqualTo(client().output(one, "cat /mnt/booted-as"));
    client().delete("/sandboxes/" + one).expect(204);
    client().delete("/sandboxes/" + other).expect(204);
    assertThat(server().leftovers()).isEmpty();
  }

  @Test
  void aPausedOneTakesNothingOfTheHostAndComesBackWithItsMemory() {
    String id = client().createSandbox();
    client().writeFile(id, "/mnt/kept", "over the pause");
    client().post("/sandboxes/" + id + "/pause", "").expect(200);
    assertThat(client().get("/sandboxes/" + id).text("state")).isEqualTo("paused");
    assertThat(server().leftovers()).isEmpty();
    client().post("/sandboxes/" + id + "/resume", "").expect(200);
    assertThat(client().output(id, "cat /mnt/kept")).isEqualTo("over the pause");
    client().delete("/sandboxes/" + id).expect(204);
    assertThat(server().leftovers()).isEmpty();
  }

  @Test
  void oneThatRunsOutlivesAKilledServer() {
    String id = client().createSandbox();
    client().writeFile(id, "/mnt/kept", "over the kill");
    server().killServer();
    server().startServer();
    assertThat(client().get("/sandboxes/" + id).text("state")).isEqualTo("running");
    assertThat(client().output(id, "cat /mnt/kept")).isEqualTo("over the kill");
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void theEndOfItsVmmIsItsEnd() {
    String id = client().createSandbox();
    server().vmms().forEach(ProcessHandle::destroyForcibly);
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .untilAsserted(
            () -> assertThat(client().get("/sandboxes/" + id).text("state")).isEqualTo("failed"));
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(server().leftovers()).isEmpty());
    client().delete("/sandboxes/" + id).expect(204);
  }
}
