package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class SandboxMetricsTest extends SharedServer {
  private static final long MIB = 1024 * 1024;

  @Test
  void samplesTellOfTheSandboxItselfFromTheFirstQuestionOn() {
    Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    String id = client().createSandbox();
    JsonNode sandbox = client().get("/sandboxes/" + id).expect(200).json();
    JsonNode first = metrics(id).get(0);
    assertThat(Instant.parse(first.path("timestamp").asText())).isAfterOrEqualTo(before);
    assertThat(first.path("cpu_count").asInt()).isEqualTo(sandbox.path("cpuCount").asInt());
    long memory = sandbox.path("memoryMB").asLong() * MIB;
    assertThat(first.path("mem_total").asLong()).isBetween(memory / 2, memory);
    assertThat(first.path("mem_used").asLong()).isBetween(1L, first.path("mem_total").asLong());
    assertThat(first.path("disk_used").asLong()).isBetween(1L, first.path("disk_total").asLong());
    client().delete("/sandboxes/" + id).expect(204);
    client().get("/sandboxes/" + id + "/metrics").expectError(404, "sandbox_not_found");
  }

  @Test
  void busySandboxShowsItsWorkWithoutBeingAskedInBetween() {
    String id = client().createSandbox();
    metrics(id);
    client().run(id, Map.of("command", "while :; do :; done", "background", true)).expect(200);
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(15, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              JsonNode samples = metrics(id);
              assertThat(samples.size()).isGreaterThanOrEqualTo(3);
              double busy = samples.get(samples.size() - 1).path("cpu_used_pct").asDouble();
              assertThat(busy).isBetween(20.0, 100.0);
            });
    client().delete("/sandboxes/" + id).expect(204);
  }

  private JsonNode metrics(String id) {
    JsonNode samples = client().get("/sandboxes/" + id + "/metrics").expect(200).json();
    assertThat(samples.isArray()).isTrue();
    assertThat(samples).isNotEmpty();
    assertThat(samples.findValuesAsText("timestamp")).isSorted();
    return samples;
  }
}
