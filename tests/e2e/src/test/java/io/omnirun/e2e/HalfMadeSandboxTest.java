package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.Reply;
import io.omnirun.testkit.server.TestServer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a create in whose midst a part of OmniRun is killed. */
class HalfMadeSandboxTest {
  private TestServer server;
  private ApiClient client;

  @BeforeEach
  void startServer() {
    server = TestServer.start();
    client = server.clientOfNewAccount(20);
  }

  /** Fails if the host has anything that belongs to no running sandbox. */
  @AfterEach
  void closeServer() {
    server.close();
  }

  @Test
  void serverKilledWhenAMachineHasADirectoryLeavesNothingHalfMade() {
    killServerInACreateWhen(host -> !host.leftovers().isEmpty());
  }

  @Test
  void serverKilledWhenAVmmRunsLeavesNothingHalfMade() {
    killServerInACreateWhen(host -> !host.vmms().isEmpty());
  }

  private void killServerInACreateWhen(Predicate<TestServer> moment) {
    CompletableFuture<Optional<Reply>> create = beginCreate();
    await(moment);
    server.killServer();
    create.join();
    server.startServer();
    endAllThatRun();
    server.stopServer();
    assertThat(server.leftovers()).isEmpty();
  }

  /** The answer may be lost though the sandbox runs: then it is listed, and a whole one. */
  private void endAllThatRun() {
    JsonNode listed = client.get("/sandboxes").expect(200).json();
    assertThat(client.get("/status").json().path("active_sandboxes").asInt())
        .isEqualTo(listed.size());
    for (String id : listed.findValuesAsText("sandboxID")) {
      assertThat(client.get("/sandboxes/" + id).text("state")).isEqualTo("running");
      assertThat(client.output(id, "hostname")).isEqualTo(id.substring(3));
      client.delete("/sandboxes/" + id).expect(204);
    }
  }

  @Test
  void launcherKilledBeforeAVmmRunsFailsTheCreateAtMost() {
    killLauncherInACreateWhen(host -> !host.leftovers().isEmpty());
  }

  @Test
  void launcherKilledWhenAVmmRunsFailsTheCreateAtMost() {
    killLauncherInACreateWhen(host -> !host.vmms().isEmpty());
  }

  private void killLauncherInACreateWhen(Predicate<TestServer> moment) {
    CompletableFuture<Optional<Reply>> create = beginCreate();
    await(moment);
    server.killLauncher();
    Reply reply = create.join().orElseThrow();
    assertThat(reply.status()).as(reply.body()).isIn(201, 429);
    server.startLauncher();
    client.output(client.createSandbox(), "true");
    endAllThatRun();
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(server.leftovers()).isEmpty());
  }

  /** Empty, if there is no answer. */
  private CompletableFuture<Optional<Reply>> beginCreate() {
    return CompletableFuture.supplyAsync(
            () -> Optional.of(client.post("/sandboxes", Map.of("template", "base"))),
            Thread::startVirtualThread)
        .exceptionally(lost -> Optional.empty());
  }

  private void await(Predicate<TestServer> moment) {
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> moment.test(server));
  }
}
