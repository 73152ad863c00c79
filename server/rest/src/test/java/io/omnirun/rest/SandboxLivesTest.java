package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.model.EgressCounters;
import io.omnirun.model.EgressPage;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the API says of a sandbox's life and of those that are over. */
class SandboxLivesTest {
  private RestServer server;

  @BeforeEach
  void startServer() {
    server = new RestServer();
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void aLifeIsSetFromNowAndTakenAway() throws Exception {
    String id = server.create("{\"timeout\":0}");
    Instant before = Instant.now();
    HttpResponse<String> timed = server.post("/sandboxes/" + id + "/timeout", "{\"timeout\":60}");
    assertThat(timed.statusCode()).isEqualTo(200);
    assertThat(Instant.parse(RestServer.json(timed).get("endAt").textValue()))
        .isBetween(before.plusSeconds(60).minusMillis(1), Instant.now().plusSeconds(60));
    assertThat(server.get("/sandboxes/" + id).body()).isEqualTo(timed.body());
    HttpResponse<String> permanent =
        server.post("/sandboxes/" + id + "/timeout", "{\"timeout\":0}");
    assertThat(RestServer.json(permanent).has("endAt")).isFalse();
    assertThat(server.post("/sandboxes/" + id + "/timeout", "{\"timeout\":86400}").statusCode())
        .isEqualTo(200);
  }

  @Test
  void anothersSandboxKeepsItsLife() throws Exception {
    String id = server.create("{\"timeout\":300}");
    String shown = server.get("/sandboxes/" + id).body();
    HttpResponse<String> answer =
        server.send(
            server
                .requestWithoutKey("/sandboxes/" + id + "/timeout")
                .header("X-API-Key", server.otherKey)
                .POST(BodyPublishers.ofString("{\"timeout\":1}")));
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(server.get("/sandboxes/" + id).body()).isEqualTo(shown);
  }

  @Test
  void aSecureSandboxTellsItsTokenOnceAndItIsItsOwn() throws Exception {
    String secure = "{\"secure\":true}";
    JsonNode first = RestServer.json(server.post("/sandboxes", secure));
    JsonNode second = RestServer.json(server.post("/sandboxes", secure));
    String token = first.get("trafficToken").textValue();
    assertThat(token).matches("[0-9a-f]{64}").isNotEqualTo(second.get("trafficToken").textValue());
    String shown = server.get("/sandboxes/" + first.get("sandboxID").textValue()).body();
    assertThat(shown).doesNotContain(token).contains("\"secure\":true");
    assertThat(server.get("/sandboxes").body()).doesNotContain("trafficToken");
    assertThat(server.guest().identities.getLast().accessToken())
        .isNotEqualTo(second.get("trafficToken").textValue());
  }

  @Test
  void whatWasChosenIsShown() throws Exception {
    for (String host :
        List.of("a", "app.example:8080", "localhost:${PORT}", "[::1]:80", "[::1]", "127.0.0.1")) {
      JsonNode created =
          RestServer.json(
              server.post(
                  "/sandboxes", "{\"autoPause\":true,\"maskRequestHost\":\"" + host + "\"}"));
      assertThat(created.get("autoPause").booleanValue()).isTrue();
      assertThat(created.get("maskRequestHost").textValue()).isEqualTo(host);
      assertThat(created.has("secure")).isFalse();
      server.delete("/sandboxes/" + created.get("sandboxID").textValue());
    }
  }

  @Test
  void metricsAreAnArrayWithASampleFromTheFirstQuestionOn() throws Exception {
    String id = server.create("{}");
    server.guestNetwork.page = new EgressPage(List.of(), false, new EgressCounters(1, 2, 3, 4));
    JsonNode samples = RestServer.json(server.get("/sandboxes/" + id + "/metrics"));
    assertThat(samples).hasSize(1);
    JsonNode sample = samples.get(0);
    assertThat(sample.get("cpu_used_pct").doubleValue()).isEqualTo(12.5);
    assertThat(sample.get("cpu_count").intValue()).isEqualTo(2);
    assertThat(sample.get("mem_used").longValue()).isEqualTo(100);
    assertThat(sample.get("mem_total").longValue()).isEqualTo(512);
    assertThat(sample.get("disk_used").longValue()).isEqualTo(7);
    assertThat(sample.get("disk_total").longValue()).isEqualTo(1_000);
    assertThat(sample.get("egress_allowed").longValue()).isEqualTo(1);
    assertThat(sample.get("egress_blocked").longValue()).isEqualTo(2);
    assertThat(sample.get("egress_bytes_up").longValue()).isEqualTo(3);
    assertThat(sample.get("egress_bytes_down").longValue()).isEqualTo(4);
    assertThat(server.get("/sandboxes/sb_x/metrics").statusCode()).isEqualTo(404);
  }

  @Test
  void historyHasWhatHasEndedNewestFirst() throws Exception {
    String running = server.create("{}");
    List<String> ended = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String id = server.create("{\"timeout\":77,\"metadata\":{\"n\":\"" + i + "\"}}");
      server.delete("/sandboxes/" + id);
      ended.addFirst(id);
    }
    JsonNode all = RestServer.json(server.get("/sandboxes/history"));
    assertThat(all.findValuesAsText("sandboxID")).isEqualTo(ended).doesNotContain(running);
    assertThat(all.findValuesAsText("sandboxId")).isEqualTo(ended);
    JsonNode newest = all.get(0);
    assertThat(newest.get("status").textValue()).isEqualTo("killed");
    assertThat(newest.get("reason").textValue()).isEqualTo("killed");
    assertThat(newest.get("templateId").textValue()).isEqualTo("playground");
    assertThat(newest.get("timeoutSeconds").intValue()).isEqualTo(77);
    assertThat(newest.get("metadata").toString()).isEqualTo("{\"n\":\"2\"}");
    assertThat(Instant.parse(newest.get("stoppedAt").textValue()))
        .isAfterOrEqualTo(Instant.parse(newest.get("createdAt").textValue()));
    JsonNode page = RestServer.json(server.get("/sandboxes/history?limit=1&offset=1"));
    assertThat(page.findValuesAsText("sandboxID")).containsExactly(ended.get(1));
    HttpResponse<String> others =
        server.send(
            server.requestWithoutKey("/sandboxes/history").header("X-API-Key", server.otherKey));
    assertThat(others.body()).isEqualTo("[]");
  }

  @Test
  void aFailedSandboxIsHistoryWithItsReason() throws Exception {
    String id = server.create("{}");
    server.driver.crashLatest("the VMM was killed");
    server.store.firstFailure().get(30, TimeUnit.SECONDS);
    JsonNode failed = RestServer.json(server.get("/sandboxes/history")).get(0);
    assertThat(failed.get("sandboxID").textValue()).isEqualTo(id);
    assertThat(failed.get("status").textValue()).isEqualTo("failed");
    assertThat(failed.get("reason").textValue()).isEqualTo("failed");
    assertThat(failed.get("failureReason").textValue()).contains("the VMM was killed");
  }
}
