package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CrashRecoveryTest {
  private TestServer server;
  private ApiClient client;

  @BeforeEach
  void startServer() {
    server = TestServer.start(Map.of("pool", "base=1"));
    client = server.clientOfNewAccount(20);
  }

  @AfterEach
  void closeServer() {
    server.close();
  }

  @Test
  void runningSandboxesOutliveAKilledServer() {
    String id = client.createSandbox(Map.of("envVars", Map.of("KEPT", "yes")));
    client.writeFile(id, "/tmp/kept", "content");
    int pid =
        client
            .run(
                id,
                Map.of(
                    "command",
                    "for i in $(seq 1000); do echo line $i; done; sleep 1000",
                    "background",
                    true))
            .json()
            .path("pid")
            .asInt();

    server.killServer();
    server.startServer();

    assertThat(client.get("/sandboxes/" + id).text("state")).isEqualTo("running");
    assertThat(client.readFile(id, "/tmp/kept").text("content")).isEqualTo("content");
    assertThat(client.output(id, "echo $KEPT")).isEqualTo("yes");
    JsonNode process = client.get("/sandboxes/" + id + "/commands/" + pid).expect(200).json();
    assertThat(process.path("running").asBoolean()).isTrue();
    assertThat(process.path("stdout").asText().lines()).hasSize(1000);
    client.delete("/sandboxes/" + id).expect(204);
    assertThat(server.vmms()).as("only the pool's clone, at most").hasSizeLessThanOrEqualTo(1);
  }

  /** The agent is silent for longer than a server waits at once. */
  @Test
  @Tag("long")
  void oneWhoseAgentDoesNotAnswerAfterARestartIsReachedWhenItDoes() {
    String id = client.createSandbox();
    FrozenAgent.freeze(client, id, Duration.ofSeconds(90));
    server.killServer();
    server.startServer();
    assertThat(client.get("/sandboxes/" + id).text("state")).isEqualTo("running");
    FrozenAgent.awaitThawed(client, id);
    client.delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void serverKilledInTheMidstOfEverythingComesBackWithATrueStore() {
    String survivor = client.createSandbox();
    List<CompletableFuture<Void>> calls =
        List.of(
            ignoringLoss(() -> client.createSandbox()),
            ignoringLoss(() -> client.run(survivor, "head -c 5000000 /dev/zero | tr '\\0' y")),
            ignoringLoss(() -> client.writeFile(survivor, "/tmp/half", "z".repeat(20_000_000))),
            ignoringLoss(() -> client.delete("/sandboxes/" + client.createSandbox())));
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> server.vmms().size() > 2);
    server.killServer();
    calls.forEach(CompletableFuture::join);
    server.startServer();

    assertThat(client.output(survivor, "echo alive")).isEqualTo("alive");
    for (JsonNode listed : client.get("/sandboxes").expect(200).json()) {
      String id = listed.path("sandboxID").asText();
      assertThat(client.output(id, "echo alive")).isEqualTo("alive");
      client.delete("/sandboxes/" + id).expect(204);
    }
    assertThat(server.vmms()).hasSizeLessThanOrEqualTo(1);
  }

  private static CompletableFuture<Void> ignoringLoss(Runnable call) {
    return CompletableFuture.runAsync(call, task -> Thread.ofVirtual().start(task))
        .exceptionally(lost -> null);
  }

  @Test
  void killedVmmFailsItsSandboxWithAReasonAndFreesAll() {
    String id = client.createSandbox();
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> server.vmms().size() == 2);
    String machine = client.output(id, "hostname");
    server.vmms().forEach(ProcessHandle::destroyForcibly);

    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> client.get("/sandboxes/" + id).text("state").equals("failed"));
    assertThat(client.get("/sandboxes/" + id).text("failureReason")).contains("signal 9");
    assertThat(machine).isNotBlank();
    client.run(id, "true").expectError(409, "sandbox_not_running");
    client.delete("/sandboxes/" + id).expect(204);
    Awaitility.await().atMost(120, TimeUnit.SECONDS).until(() -> server.vmms().size() == 1);
  }

  @Test
  void killedLauncherLeavesMachinesRunningAndIsFoundAgain() {
    String id = client.createSandbox();
    server.killLauncher();
    assertThat(client.output(id, "echo alive")).isEqualTo("alive");
    server.startLauncher();
    String second = client.createSandbox();
    assertThat(client.output(second, "echo alive")).isEqualTo("alive");
    client.delete("/sandboxes/" + id).expect(204);
    client.delete("/sandboxes/" + second).expect(204);
  }

  @Test
  void stoppedServerDrainsItsPoolAndKeepsSandboxes() {
    String id = client.createSandbox();
    Awaitility.await().atMost(120, TimeUnit.SECONDS).until(() -> server.vmms().size() == 2);
    server.stopServer();
    assertThat(server.vmms()).hasSize(1);
    server.startServer();
    assertThat(client.output(id, "echo alive")).isEqualTo("alive");
    client.delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void sandboxWhoseVmmDiedWhileTheServerWasDownIsFailed() {
    String id = client.createSandbox();
    server.killServer();
    server.vmms().forEach(ProcessHandle::destroyForcibly);
    server.startServer();
    assertThat(client.get("/sandboxes/" + id).text("state")).isEqualTo("failed");
    assertThat(client.get("/sandboxes/" + id).text("failureReason")).isNotBlank();
  }
}
