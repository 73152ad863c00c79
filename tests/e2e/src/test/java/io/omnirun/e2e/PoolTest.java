package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class PoolTest {
  @Test
  void tenCreatesAtOnceAllSucceedWithTenDifferentMachines() {
    try (TestServer server = TestServer.start(Map.of("pool", "base=2"))) {
      ApiClient client = server.clientOfNewAccount(20);
      awaitMachines(server, 2);
      List<CompletableFuture<String>> creates =
          IntStream.range(0, 10)
              .mapToObj(
                  i ->
                      CompletableFuture.supplyAsync(
                          client::createSandbox, Thread::startVirtualThread))
              .toList();
      List<String> ids = creates.stream().map(CompletableFuture::join).toList();
      List<String> hostnames = ids.stream().map(id -> client.output(id, "hostname")).toList();
      assertThat(hostnames)
          .doesNotHaveDuplicates()
          .containsExactlyElementsOf(ids.stream().map(id -> id.substring(3)).toList());
      awaitMachines(server, 12);
      ids.forEach(id -> client.delete("/sandboxes/" + id).expect(204));
    }
  }

  @Test
  void cloneThatDiesInThePoolIsReplacedAndNeverHandedOut() {
    try (TestServer server = TestServer.start(Map.of("pool", "base=1"))) {
      ApiClient client = server.clientOfNewAccount(20);
      awaitMachines(server, 1);
      long dead = server.vmms().getFirst().pid();
      server.vmms().forEach(ProcessHandle::destroyForcibly);
      Awaitility.await()
          .atMost(120, TimeUnit.SECONDS)
          .until(() -> server.vmms().size() == 1 && server.vmms().getFirst().pid() != dead);
      String id = client.createSandbox();
      assertThat(client.output(id, "echo alive")).isEqualTo("alive");
      client.delete("/sandboxes/" + id).expect(204);
    }
  }

  private static void awaitMachines(TestServer server, int count) {
    Awaitility.await().atMost(180, TimeUnit.SECONDS).until(() -> server.vmms().size() == count);
  }
}
