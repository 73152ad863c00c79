package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.MachinePlatform;
import io.omnirun.http.HttpServer;
import io.omnirun.http.HttpServerConfig;
import io.omnirun.http.Router;
import io.omnirun.model.Accelerator;
import io.omnirun.model.EgressEvent.Kind;
import io.omnirun.model.EgressEvent.Outcome;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineKind;
import io.omnirun.model.Vmm;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What callers send never becomes a label. */
class PrometheusMetricsTest {
  @Test
  void countsByRouteAndStatusWithoutIds() throws Exception {
    Router router =
        new Router()
            .add("GET", "/things/{id}", exchange -> exchange.empty(204))
            .add("GET", "/broken", exchange -> exchange.empty(409));
    try (PrometheusMetrics metrics = new PrometheusMetrics();
        HttpServer server = HttpServer.start(HttpServerConfig.at("127.0.0.1", 0), router, metrics);
        HttpClient client = HttpClient.newHttpClient()) {
      for (String path :
          new String[] {"/things/secret-1", "/things/secret-2", "/broken", "/evil"}) {
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).build(),
            BodyHandlers.discarding());
      }
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .untilAsserted(
              () ->
                  assertThat(metrics.text())
                      .contains(
                          "omnirun_http_requests_total{method=\"GET\",route=\"/things/{id}\","
                              + "status=\"204\"} 2.0")
                      .contains("route=\"/broken\",status=\"409\"} 1.0")
                      .contains("method=\"OTHER\",route=\"none\",status=\"404\"} 1.0"));
      assertThat(metrics.text()).doesNotContain("secret").doesNotContain("evil");
    }
  }

  @Test
  void saysWhatMachinesRunOn() {
    try (PrometheusMetrics metrics = new PrometheusMetrics()) {
      metrics.machinesRunOn(
          new MachinePlatform(new MachineKind(Vmm.QEMU, Accelerator.TCG), "7.2", "as told"));
      assertThat(metrics.text())
          .contains(
              "omnirun_machine_platform{accelerator=\"tcg\",version=\"7.2\",vmm=\"qemu\"} 1.0");
    }
  }

  @Test
  void timesCreatesAndCommandsAndCountsEgress() {
    try (PrometheusMetrics metrics = new PrometheusMetrics()) {
      metrics.sandboxCreated("base", Duration.ofMillis(40));
      metrics.createFailed("base", ErrorCode.CONCURRENT_LIMIT);
      metrics.commandEnded(Duration.ofSeconds(2));
      metrics.egress(Kind.FLOW, Outcome.BLOCKED, 3);
      metrics.egress(Kind.FLOW, Outcome.BLOCKED, 1);
      assertThat(metrics.text())
          .contains(
              "omnirun_sandbox_create_duration_seconds_bucket{template=\"base\",le=\"0.025\"} 0")
          .contains(
              "omnirun_sandbox_create_duration_seconds_bucket{template=\"base\",le=\"0.05\"} 1")
          .contains(
              "omnirun_sandbox_create_failures_total{code=\"concurrent_limit\",template=\"base\"} 1.0")
          .contains("omnirun_command_duration_seconds_count 1")
          .contains("omnirun_egress_total{kind=\"flow\",verdict=\"blocked\"} 4.0")
          .contains("jvm_memory_used_bytes");
    }
  }
}
