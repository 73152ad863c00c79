package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.Reply;
import io.omnirun.testkit.server.Shell;
import io.omnirun.testkit.server.TestServer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class CapacityTest {
  /** Larger than any host's. */
  private static final String TOO_MUCH_MIB = "2000000000";

  @Test
  void hostWithoutMemoryRefusesClearlyAndLeavesNothing() {
    refusesWith("limits.memory-reserve-mib", "capacity_exhausted");
  }

  @Test
  void hostWithoutDiskRefusesClearlyAndLeavesNothing() {
    refusesWith("limits.disk-reserve-mib", "no_space");
  }

  private static void refusesWith(String setting, String code) {
    try (TestServer server = TestServer.start()) {
      server.client().createSandbox();
      server.stopServer();
      server.setConfig(setting, TOO_MUCH_MIB);
      server.startServer();
      int before = server.leftovers().size();
      server.client().post("/sandboxes", Map.of("template", "base")).expectError(429, code);
      assertThat(server.leftovers()).hasSize(before);
      assertThat(server.client().get("/sandboxes").json()).hasSize(1);
    }
  }

  @Test
  void diskThatReallyFillsUpDuringACreateLeavesNothing() {
    try (TestServer server = TestServer.start()) {
      Shell.run(
          "mount",
          "-t",
          "tmpfs",
          "-o",
          "size=64k,mode=0777",
          "full",
          server.stateDirectory().resolve("machines").toString());
      try {
        server.setConfig("limits.disk-reserve-mib", "0");
        server.stopServer();
        server.startServer();
        server.client().post("/sandboxes", Map.of("template", "base")).expectError(429, "no_space");
        assertThat(server.leftovers()).isEmpty();
        assertThat(server.client().get("/sandboxes").json()).isEmpty();
      } finally {
        Shell.run("umount", server.stateDirectory().resolve("machines").toString());
      }
    }
  }

  @Test
  void fiftyCreatesAtOnceAndTwoHundredMoreMakeAsManyAsAreAllowed() {
    try (TestServer server = TestServer.start()) {
      ApiClient client = server.clientOfNewAccount(3);
      List<Integer> statuses = createAtOnce(client, 50);
      assertThat(statuses).containsOnly(201, 429);
      assertThat(statuses).filteredOn(status -> status == 201).hasSize(3);
      assertThat(createAtOnce(client, 200)).containsOnly(429);
      assertThat(client.get("/sandboxes").json()).hasSize(3);
      assertThat(server.vmms()).hasSize(3);
      client
          .get("/sandboxes")
          .json()
          .forEach(
              sandbox ->
                  client.delete("/sandboxes/" + sandbox.path("sandboxID").asText()).expect(204));
      assertThat(createAtOnce(client, 50)).filteredOn(status -> status == 201).hasSize(3);
    }
  }

  private static List<Integer> createAtOnce(ApiClient client, int count) {
    Callable<Integer> create = () -> client.post("/sandboxes", Map.of("template", "base")).status();
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> created : threads.invokeAll(Collections.nCopies(count, create))) {
        statuses.add(created.get());
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return statuses;
  }

  @Test
  void ordinaryAccountRunsThreeAtATime() {
    try (TestServer server = TestServer.start()) {
      ApiClient client = server.client();
      client.createSandbox();
      client.createSandbox();
      String third = client.createSandbox();
      Reply refusal = client.post("/sandboxes", Map.of("template", "base")).expect(429);
      assertThat(refusal.text("error")).isEqualTo("concurrent sandbox limit reached");
      client.delete("/sandboxes/" + third).expect(204);
      client.createSandbox();
    }
  }
}
