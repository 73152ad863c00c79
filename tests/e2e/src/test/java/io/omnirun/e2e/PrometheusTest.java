package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.ApiClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class PrometheusTest extends SharedServer {
  private final int port = freePort();

  @Override
  Map<String, String> settings() {
    return Map.of("metrics.bind", "127.0.0.1:" + port);
  }

  @Test
  void figuresTellWhatTheNodeDoesAndNotWhoDoesIt() {
    String id = client().createSandbox();
    client().output(id, "true");
    client().get("/sandboxes/" + id).expect(200);
    ApiClient prometheus = new ApiClient(URI.create("http://127.0.0.1:" + port), "");
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .untilAsserted(
            () ->
                assertThat(prometheus.get("/metrics").expect(200).body())
                    .contains("omnirun_sandboxes{state=\"running\"} 1.0")
                    .contains("omnirun_sandbox_create_duration_seconds_count{template=\"base\"} 1")
                    .contains("omnirun_command_duration_seconds_count 1")
                    .contains("route=\"/sandboxes/{id}\",status=\"200\"} 1.0")
                    .contains("omnirun_machine_platform{accelerator=\"")
                    .contains("jvm_memory_used_bytes"));
    assertThat(prometheus.get("/metrics").body()).doesNotContain(id);
    client().get("/metrics").expectError(404, "route_not_found");
    client().delete("/sandboxes/" + id).expect(204);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
