package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SandboxesTest {
  private final RestServer server = new RestServer();

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void aNewSandboxIsShownWhole() throws Exception {
    HttpResponse<String> answer =
        server.post(
            "/sandboxes",
            "{\"template\":\"python-3.11\",\"timeout\":300,\"memoryMB\":1000,\"cpuCount\":1,"
                + "\"envVars\":{\"A\":\"é\"},\"metadata\":{\"name\":\"mine\",\"env\":\"prod\"}}");
    JsonNode sandbox = RestServer.json(answer);

    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(sandbox.get("sandboxID").textValue()).matches("sb_[a-z0-9]{20}");
    assertThat(sandbox.get("templateID").textValue()).isEqualTo("playground");
    assertThat(sandbox.get("state").textValue()).isEqualTo("running");
    assertThat(sandbox.get("cpuCount").intValue()).isEqualTo(4);
    assertThat(sandbox.get("memoryMB").intValue()).isEqualTo(2048);
    assertThat(sandbox.get("diskMB").intValue()).isEqualTo(1024);
    assertThat(sandbox.get("vmm").textValue()).isEqualTo("qemu");
    assertThat(sandbox.get("accelerator").textValue()).isEqualTo("tcg");
    assertThat(sandbox.get("name").textValue()).isEqualTo("mine");
    assertThat(sandbox.get("metadata").toString())
        .isEqualTo("{\"env\":\"prod\",\"name\":\"mine\"}");
    Instant started = Instant.parse(sandbox.get("startedAt").textValue());
    assertThat(Instant.parse(sandbox.get("endAt").textValue()))
        .isEqualTo(started.plus(Duration.ofMinutes(5)));
    assertThat(sandbox.has("trafficToken")).isFalse();
    assertThat(sandbox.has("serverPublicKey")).isFalse();
    assertThat(sandbox.has("failureReason")).isFalse();
    assertThat(server.guest().identities.getFirst().environment().variables())
        .containsEntry("A", "é");
    String id = sandbox.get("sandboxID").textValue();
    assertThat(RestServer.json(server.get("/sandboxes/" + id))).isEqualTo(sandbox);
    assertThat(RestServer.json(server.get("/sandboxes"))).containsExactly(sandbox);
  }

  @Test
  void aPermanentSandboxHasNoEndAndOneWithoutATimeoutItsTemplates() throws Exception {
    JsonNode permanent = RestServer.json(server.post("/sandboxes", "{\"timeout\":0}"));
    JsonNode byTemplate = RestServer.json(server.post("/sandboxes", "{}"));

    assertThat(permanent.has("endAt")).isFalse();
    assertThat(Instant.parse(byTemplate.get("endAt").textValue()))
        .isEqualTo(
            Instant.parse(byTemplate.get("startedAt").textValue()).plus(Duration.ofMinutes(5)));
  }

  @Test
  void theTemplateMayBeCalledTemplateId() throws Exception {
    assertThat(server.post("/sandboxes", "{\"templateID\":\"playground\"}").statusCode())
        .isEqualTo(201);
    assertThat(
            server
                .post("/sandboxes", "{\"template\":\"playground\",\"templateID\":\"playground\"}")
                .statusCode())
        .isEqualTo(201);
  }

  @Test
  void fieldsOfLaterDaysAreTakenAndAnsweredAsAbsent() throws Exception {
    HttpResponse<String> answer =
        server.post(
            "/sandboxes",
            """
            {"template":"playground","vaultInject":true,"e2ee":true,"clientPublicKey":"TUlJ",
             "previewDomain":"x","unknown":[{}]}
            """);

    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(answer.body()).doesNotContain("trafficToken").doesNotContain("PublicKey");
  }

  @Test
  void aSecondDeleteFindsNothing() throws Exception {
    String id = server.create("{}");
    HttpResponse<String> first = server.delete("/sandboxes/" + id);

    assertThat(first.statusCode()).isEqualTo(204);
    assertThat(first.body()).isEmpty();
    assertThat(server.delete("/sandboxes/" + id).statusCode()).isEqualTo(404);
    assertThat(server.get("/sandboxes/" + id).statusCode()).isEqualTo(404);
    assertThat(server.get("/sandboxes").body()).isEqualTo("[]");
  }

  @Test
  void anothersSandboxLooksExactlyLikeAMissingOneAndLikeNone() throws Exception {
    String foreign = server.create("{}");
    String missing = "sb_" + "0".repeat(20);
    for (String suffix : List.of("", "/commands", "/commands/1", "/commands/x", "/files?path=/a")) {
      HttpResponse<String> expected = asOther("/sandboxes/" + missing + suffix);
      assertThat(expected.statusCode()).as(suffix).isEqualTo(404);
      for (String id : List.of(foreign, "sb_x", "SB_" + "0".repeat(20), "%C3%A9", "a%20b")) {
        assertThat(asOther("/sandboxes/" + id + suffix).body())
            .as(id + suffix)
            .isEqualTo(expected.body())
            .contains("\"code\":\"sandbox_not_found\"");
      }
    }
  }

  private HttpResponse<String> asOther(String path) throws Exception {
    return server.send(server.requestWithoutKey(path).header("X-API-Key", server.otherKey));
  }

  @Test
  void theFourthSandboxIsOneTooMany() throws Exception {
    server.create("{}");
    server.create("{}");
    server.create("{}");
    HttpResponse<String> fourth = server.post("/sandboxes", "{}");

    assertThat(fourth.statusCode()).isEqualTo(429);
    assertThat(RestServer.json(fourth).get("error").textValue())
        .isEqualTo("concurrent sandbox limit reached");
  }

  @Test
  void aListIsFilteredByMetadataAndState() throws Exception {
    String prod = server.create("{\"metadata\":{\"env\":\"prod\",\"a\":\"b:c\"}}");
    String test = server.create("{\"metadata\":{\"env\":\"test\"}}");

    assertThat(ids("/sandboxes?metadata=env%3Aprod")).containsExactly(prod);
    assertThat(ids("/sandboxes?metadata=env:prod,a:b:c")).containsExactly(prod);
    assertThat(ids("/sandboxes?metadata=env:prod,a:x")).isEmpty();
    assertThat(ids("/sandboxes?metadata=")).containsExactly(prod, test);
    assertThat(ids("/sandboxes?state=running")).containsExactly(prod, test);
    assertThat(ids("/sandboxes?state=paused,failed")).isEmpty();
  }

  @Test
  void aListIsReadPageByPageThoughSandboxesGoMeanwhile() throws Exception {
    List<String> created = List.of(server.create("{}"), server.create("{}"), server.create("{}"));
    List<String> seen = new ArrayList<>();
    Optional<String> token = Optional.of("");
    while (token.isPresent()) {
      HttpResponse<String> page = server.get("/sandboxes?limit=1&next_token=" + token.get());
      RestServer.json(page).forEach(item -> seen.add(item.get("sandboxID").textValue()));
      token = page.headers().firstValue("x-next-token");
      if (seen.size() == 1) {
        server.delete("/sandboxes/" + seen.getFirst());
      }
    }

    assertThat(seen).containsExactlyInAnyOrderElementsOf(created);
    assertThat(server.get("/sandboxes?limit=50").headers().firstValue("x-next-token")).isEmpty();
  }

  private List<String> ids(String path) throws Exception {
    List<String> ids = new ArrayList<>();
    RestServer.json(server.get(path)).forEach(item -> ids.add(item.get("sandboxID").textValue()));
    return ids;
  }

  @Test
  void aFailedSandboxSaysWhyAndTakesNoCommands() throws Exception {
    String id = server.create("{}");
    server.driver.crashLatest("the VMM was killed");
    server.store.firstFailure().get(30, TimeUnit.SECONDS);
    JsonNode sandbox = RestServer.json(server.get("/sandboxes/" + id));

    assertThat(sandbox.get("state").textValue()).isEqualTo("failed");
    assertThat(sandbox.get("failureReason").textValue()).contains("the VMM was killed");
    // Its row has failed before it is out of reach; until then its agent would not answer.
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(
            () ->
                server.post("/sandboxes/" + id + "/commands", "{\"command\":\"true\"}").statusCode()
                    == 409);
    assertThat(server.delete("/sandboxes/" + id).statusCode()).isEqualTo(204);
  }

  @Test
  void statusNeedsNoKey() throws Exception {
    server.create("{}");
    HttpResponse<String> answer = server.send(server.requestWithoutKey("/status"));

    assertThat(answer.body())
        .isEqualTo(
            "{\"node_id\":\"node-1\",\"active_sandboxes\":1,\"max_sandboxes\":8,"
                + "\"templates\":[\"playground\",\"python-3.11\"],"
                + "\"machine\":{\"vmm\":\"qemu\",\"vmmVersion\":\"7.2\","
                + "\"accelerator\":\"tcg\"}}");
  }
}
