package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PausesTest {
  private final RestServer server = new RestServer();

  @AfterEach
  void close() throws Exception {
    server.close();
  }

  @Test
  void pauseAndResumeSayTheStateAndMayBeRepeated() throws Exception {
    String id = server.create("{\"template\":\"playground\"}");
    for (String status : new String[] {"paused", "paused", "running", "running"}) {
      String verb = status.equals("paused") ? "pause" : "resume";
      HttpResponse<String> answer = server.post("/sandboxes/" + id + "/" + verb, "");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(RestServer.json(answer).toString()).isEqualTo("{\"status\":\"" + status + "\"}");
      assertThat(shown(id).path("state").asText()).isEqualTo(status);
    }
  }

  @Test
  void aBodyIsNotWantedNorItsType() throws Exception {
    String id = server.create("{\"template\":\"playground\"}");
    HttpResponse<String> bare =
        server.send(server.request("/sandboxes/" + id + "/pause").POST(BodyPublishers.noBody()));
    assertThat(bare.statusCode()).isEqualTo(200);
    assertThat(server.post("/sandboxes/" + id + "/resume", "{\"x\":").statusCode()).isEqualTo(200);
  }

  @Test
  void aPausedSandboxIsListedAndTakesNoCommands() throws Exception {
    String id = server.create("{\"template\":\"playground\",\"timeout\":60}");
    assertThat(shown(id).has("endAt")).isTrue();
    server.post("/sandboxes/" + id + "/pause", "");
    assertThat(shown(id).has("endAt")).isFalse();
    JsonNode listed = RestServer.json(server.get("/sandboxes?state=paused"));
    assertThat(listed.findValuesAsText("sandboxID")).containsExactly(id);
    HttpResponse<String> refused =
        server.post("/sandboxes/" + id + "/commands", "{\"command\":\"true\"}");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(RestServer.json(refused).path("code").asText()).isEqualTo("sandbox_paused");
    assertThat(RestServer.json(refused).path("message").asText()).contains("resume");
    assertThat(server.delete("/sandboxes/" + id).statusCode()).isEqualTo(204);
  }

  @Test
  void autoPauseIsShownWhereItWasChosen() throws Exception {
    String chosen = server.create("{\"template\":\"playground\",\"autoPause\":true}");
    String not = server.create("{\"template\":\"playground\",\"autoPause\":false}");
    assertThat(shown(chosen).path("autoPause").asBoolean()).isTrue();
    assertThat(shown(not).has("autoPause")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"yes\"", "1", "[]", "{}"})
  void autoPauseOfAWrongTypeIsRefused(String value) throws Exception {
    HttpResponse<String> answer = server.post("/sandboxes", "{\"autoPause\":" + value + "}");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("autoPause");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pause", "resume"})
  void whatIsNotTheCallersIsNotFound(String verb) throws Exception {
    String id = server.create("{\"template\":\"playground\"}");
    for (String other : new String[] {id, "sb_00000000000000000000", "x", "%20"}) {
      HttpResponse<String> answer =
          server.send(
              server
                  .requestWithoutKey("/sandboxes/" + other + "/" + verb)
                  .header("X-API-Key", server.otherKey)
                  .POST(BodyPublishers.noBody()));
      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(RestServer.json(answer).path("code").asText()).isEqualTo("sandbox_not_found");
    }
    assertThat(shown(id).path("state").asText()).isEqualTo("running");
  }

  private JsonNode shown(String id) throws Exception {
    return RestServer.json(server.get("/sandboxes/" + id));
  }
}
