package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.server.Reply;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class SandboxTimeoutTest extends SharedServer {
  @Test
  void shortenedLifeEndsTheSandboxAndHistoryTellsHow() {
    String id = client().createSandbox(Map.of("timeout", 3600));
    Instant end = end(setTimeout(id, 2));
    awaitGone(id);
    assertThat(Instant.now()).isAfterOrEqualTo(end);
    JsonNode ended = inHistory(id);
    assertThat(ended.path("status").asText()).isEqualTo("killed");
    assertThat(ended.path("reason").asText()).isEqualTo("timeout");
    assertThat(ended.path("timeoutSeconds").asInt()).isEqualTo(2);
    assertThat(Instant.parse(ended.path("stoppedAt").asText())).isAfterOrEqualTo(end);
  }

  @Test
  void aCommandThatOutlivesItsSandboxIsToldThatItHasEnded() {
    String id = client().createSandbox(Map.of("timeout", 10));
    Reply ended = client().run(id, "sleep 600").expectError(409, "sandbox_not_running");
    assertThat(ended.text("message")).contains("during this call");
    awaitGone(id);
  }

  @Test
  void prolongedAndPermanentSandboxesOutliveTheirFirstDeadline() {
    String prolonged = client().createSandbox(Map.of("timeout", 20));
    String permanent = client().createSandbox(Map.of("timeout", 20));
    Instant first = end(client().get("/sandboxes/" + permanent).expect(200).json());
    setTimeout(prolonged, 3600);
    assertThat(setTimeout(permanent, 0).has("endAt")).isFalse();
    String witness = client().createSandbox(Map.of("timeout", 20));
    awaitGone(witness);
    assertThat(Instant.now()).isAfter(first);
    assertThat(client().output(prolonged, "echo alive")).isEqualTo("alive");
    assertThat(client().output(permanent, "echo alive")).isEqualTo("alive");
    setTimeout(permanent, 1);
    awaitGone(permanent);
    client().delete("/sandboxes/" + prolonged).expect(204);
    assertThat(inHistory(prolonged).path("reason").asText()).isEqualTo("killed");
    assertThat(inHistory(permanent).path("reason").asText()).isEqualTo("timeout");
  }

  @Test
  void newLifeSurvivesARestartOfTheServer() {
    String shortened = client().createSandbox(Map.of("timeout", 0));
    String permanent = client().createSandbox(Map.of("timeout", 5));
    JsonNode kept = setTimeout(permanent, 0);
    setTimeout(shortened, 4);
    server().killServer();
    server().startServer();
    awaitGone(shortened);
    assertThat(client().get("/sandboxes/" + permanent).expect(200).json()).isEqualTo(kept);
    client().delete("/sandboxes/" + permanent).expect(204);
  }

  private JsonNode setTimeout(String id, int seconds) {
    return client()
        .post("/sandboxes/" + id + "/timeout", Map.of("timeout", seconds))
        .expect(200)
        .json();
  }

  private static Instant end(JsonNode sandbox) {
    return Instant.parse(sandbox.path("endAt").asText());
  }

  private void awaitGone(String id) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(200, TimeUnit.MILLISECONDS)
        .until(() -> client().get("/sandboxes/" + id).status() == 404);
  }

  private JsonNode inHistory(String id) {
    for (JsonNode ended : client().get("/sandboxes/history?limit=200").expect(200).json()) {
      if (ended.path("sandboxID").asText().equals(id)) {
        return ended;
      }
    }
    throw new AssertionError(id + " is not in the history");
  }
}
