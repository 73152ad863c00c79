package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExposuresTest {
  private static final int PORT = 3_000;

  private final RestServer server = RestServer.overDatabase();

  private String exposures = "";

  @BeforeEach
  void createSandbox() throws Exception {
    exposures = "/sandboxes/" + server.create("{\"timeout\":300}") + "/exposures";
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void anExposureIsMadeShownRefreshedAndClosed() throws Exception {
    String slug = slug();
    JsonNode created =
        create("{\"port\":3000,\"slug\":\"%s\",\"openPath\":\"/a?b\"}".formatted(slug));
    assertThat(created.get("id").textValue()).matches("exp_[a-z0-9]{20}");
    assertThat(exposures).contains(created.get("sandboxId").textValue());
    assertThat(created.get("sandboxID")).isEqualTo(created.get("sandboxId"));
    assertThat(created.get("accountId").textValue()).isEqualTo(server.accountId().value());
    assertThat(created.get("createdBy")).isEqualTo(created.get("accountId"));
    assertThat(created.get("hostname").textValue()).isEqualTo(slug + ".preview.test");
    assertThat(created.get("url").textValue()).isEqualTo("https://" + slug + ".preview.test/a?b");
    assertThat(created.get("visibility").textValue()).isEqualTo("public");
    assertThat(created.get("status").textValue()).isEqualTo("pending");
    assertThat(created.get("preserveHost").booleanValue()).isFalse();
    assertThat(created.has("accessUrl")).isFalse();

    String one = exposures + "/" + created.get("id").textValue();
    assertThat(RestServer.json(server.get(one))).isEqualTo(created);
    server.guest().listening.add(PORT);
    assertThat(RestServer.json(server.get(one)).get("status").textValue()).isEqualTo("ready");

    JsonNode refreshed =
        RestServer.json(server.post(one + "/refresh", "{\"requestedTtlSeconds\":10}"));
    assertThat(end(refreshed)).isBefore(end(created));
    assertThat(end(RestServer.json(server.post(one + "/refresh", "")))).isEqualTo(end(created));

    assertThat(server.delete(one).statusCode()).isEqualTo(204);
    assertThat(server.delete(one).statusCode()).isEqualTo(204);
    JsonNode list = RestServer.json(server.get(exposures));
    assertThat(list).hasSize(1);
    assertThat(list.get(0).get("status").textValue()).isEqualTo("revoked");
    assertThat(list.get(0).has("revokedAt")).isTrue();
    assertRefused(409, "exposure_ended", server.post(one + "/refresh", "{}"));
  }

  @Test
  void aPrivateOneShowsWhatOpensItOnce() throws Exception {
    JsonNode created =
        create("{\"port\":3000,\"visibility\":\"private\",\"openPath\":\"/a?b=c#d\"}");
    String access = created.get("accessUrl").textValue();
    String url = created.get("url").textValue();
    assertThat(access).matches(".*/a\\?b=c&token=[A-Za-z0-9_-]{43}#d");
    assertThat(url).endsWith("/a?b=c#d");
    String token = access.replaceAll(".*token=([A-Za-z0-9_-]*).*", "$1");
    String one = exposures + "/" + created.get("id").textValue();
    assertThat(server.get(one).body()).doesNotContain(token).doesNotContain("accessUrl");
    assertThat(server.get(exposures).body()).doesNotContain(token).doesNotContain("accessUrl");
  }

  @Test
  void namesAreMadeWhereNoneIsChosen() throws Exception {
    assertThat(create("{\"port\":3000}").get("hostname").textValue())
        .matches("[a-z]+-[a-z]+-[a-z0-9]{8}\\.preview\\.test");
  }

  @Test
  void fieldsThatAreUnknownOrAdviceAreOfNoEffect() throws Exception {
    assertThat(create("{\"port\":3000,\"waitForReady\":true,\"colour\":\"red\"}").get("status"))
        .hasToString("\"pending\"");
  }

  @Test
  void aSlugIsOneExposuresAndItsAccountsAfterwards() throws Exception {
    String body = "{\"port\":3000,\"slug\":\"%s\"}".formatted(slug());
    String id = create(body).get("id").textValue();
    assertRefused(409, "slug_taken", server.post(exposures, body));
    server.delete(exposures + "/" + id);
    assertRefused(409, "slug_taken", asStranger(body));
    create(body);
  }

  private HttpResponse<String> asStranger(String body) throws Exception {
    HttpResponse<String> sandbox = postAsStranger("/sandboxes", "{}");
    return postAsStranger(
        "/sandboxes/" + RestServer.json(sandbox).get("sandboxID").textValue() + "/exposures", body);
  }

  private HttpResponse<String> postAsStranger(String path, String body) throws Exception {
    return server.send(
        server
            .requestWithoutKey(path)
            .header("X-API-Key", server.otherKey)
            .POST(BodyPublishers.ofString(body)));
  }

  @Test
  void oneMoreThanTheLimitIsRefused() throws Exception {
    for (int i = 0; i < 20; i++) {
      create("{\"port\":3000}");
    }
    assertRefused(429, "exposure_limit", server.post(exposures, "{\"port\":3000}"));
  }

  @Test
  void theSandboxesEndIsTheExposuresEnd() throws Exception {
    JsonNode huge = create("{\"port\":3000,\"requestedTtlSeconds\":2147483647}");
    JsonNode sandbox =
        RestServer.json(server.get(exposures.substring(0, exposures.lastIndexOf('/'))));
    assertThat(huge.get("expiresAt")).isEqualTo(sandbox.get("endAt"));
    JsonNode brief = create("{\"port\":3000,\"requestedTtlSeconds\":1}");
    assertThat(end(brief))
        .isEqualTo(Instant.parse(brief.get("createdAt").textValue()).plus(Duration.ofSeconds(1)));
  }

  @Test
  void exposuresOfAKilledSandboxAreSeenAndNoneIsMade() throws Exception {
    String id = create("{\"port\":3000}").get("id").textValue();
    server.delete(exposures.substring(0, exposures.lastIndexOf('/')));
    JsonNode stopped = RestServer.json(server.get(exposures + "/" + id));
    assertThat(stopped.get("status").textValue()).isEqualTo("sandbox_stopped");
    assertThat(stopped.has("sandboxStoppedAt")).isTrue();
    assertThat(RestServer.json(server.get(exposures))).hasSize(1);
    assertRefused(404, "sandbox_not_found", server.post(exposures, "{\"port\":3000}"));
    assertRefused(409, "exposure_ended", server.post(exposures + "/" + id + "/refresh", ""));
  }

  @Test
  void exposuresOfASandboxWhoseTimeIsUpAreStopped() throws Exception {
    String sandbox = "/sandboxes/" + server.create("{\"timeout\":1}");
    HttpResponse<String> created = server.post(sandbox + "/exposures", "{\"port\":3000}");
    String one = sandbox + "/exposures/" + RestServer.json(created).get("id").textValue();
    Awaitility.await()
        .until(() -> !RestServer.json(server.get(one)).get("status").asText().equals("pending"));
    JsonNode stopped = RestServer.json(server.get(one));
    assertThat(stopped.get("status").textValue()).isEqualTo("sandbox_stopped");
    assertThat(stopped.has("sandboxStoppedAt")).isTrue();
  }

  @Test
  void aPausedSandboxKeepsItsExposuresAndGetsNoMore() throws Exception {
    String id = create("{\"port\":3000}").get("id").textValue();
    server.post(exposures.replace("/exposures", "/pause"), "");
    assertRefused(409, "sandbox_paused", server.post(exposures, "{\"port\":3000}"));
    assertThat(RestServer.json(server.get(exposures + "/" + id)).get("status").textValue())
        .isEqualTo("pending");
    assertThat(server.post(exposures + "/" + id + "/refresh", "").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|\"port\" is missing",
        "{\"port\":null}|\"port\" is missing",
        "{\"port\":\"3000\"}|\"port\" must be an integer",
        "{\"port\":3000.0}|\"port\" must be an integer",
        "{\"port\":[3000]}|\"port\" must be an integer",
        "{\"port\":99999999999}|\"port\" must be an integer",
        "{\"port\":0}|\"port\" must be from 1",
        "{\"port\":-1}|\"port\" must be from 1",
        "{\"port\":65536}|\"port\" must be from 1",
        "{\"port\":49980}|49980 is the sandbox's own",
        "{\"port\":49983}|49983 is the sandbox's own",
        "{\"port\":49999}|49999 is the sandbox's own",
        "{\"port\":80,\"visibility\":1}|\"visibility\" must be a string",
        "{\"port\":80,\"visibility\":\"Public\"}|\"visibility\" must be",
        "{\"port\":80,\"requestedTtlSeconds\":\"60\"}|\"requestedTtlSeconds\" must be an integer",
        "{\"port\":80,\"requestedTtlSeconds\":1.5}|\"requestedTtlSeconds\" must be an integer",
        "{\"port\":80,\"requestedTtlSeconds\":99999999999}|\"requestedTtlSeconds\" must be an integer",
        "{\"port\":80,\"requestedTtlSeconds\":0}|\"requestedTtlSeconds\" must be 1 or more",
        "{\"port\":80,\"requestedTtlSeconds\":-1}|\"requestedTtlSeconds\" must be 1 or more",
        "{\"port\":80,\"slug\":5}|\"slug\" must be a string",
        "{\"port\":80,\"slug\":\"\"}|\"slug\" must be 3 to 63",
        "{\"port\":80,\"slug\":\"A-b\"}|\"slug\" must be 3 to 63",
        "{\"port\":80,\"slug\":\"3000-sbx\"}|looks like a sandbox's own",
        "{\"port\":80,\"slug\":\"www\"}|reserved",
        "{\"port\":80,\"openPath\":true}|\"openPath\" must be a string",
        "{\"port\":80,\"openPath\":\"//evil.example\"}|\"openPath\" must begin",
        "{\"port\":80,\"openPath\":\"/\\u0000\"}|\"openPath\" must begin",
        "{\"port\":80,\"preserveHost\":\"true\"}|\"preserveHost\" must be a boolean",
        "{\"port\":80,\"waitForReady\":1}|\"waitForReady\" must be a boolean",
        "[]|JSON object is expected",
        "{\"_encrypted\":{}}|\"port\" is missing"
      })
  void whatIsWrongIsNamedAndNothingIsMade(String body, String message) throws Exception {
    HttpResponse<String> answer = server.post(exposures, body);
    assertRefused(400, "invalid_request", answer);
    assertThat(RestServer.json(answer).get("message").textValue()).contains(message);
    assertThat(server.get(exposures).body()).isEqualTo("[]");
  }

  @Test
  void aSlugOf300CharactersIsNone() throws Exception {
    assertRefused(
        400,
        "invalid_request",
        server.post(exposures, "{\"port\":80,\"slug\":\"%s\"}".formatted("a".repeat(300))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"requestedTtlSeconds\":0}", "{\"requestedTtlSeconds\":\"1\"}", "[]"})
  void aRefreshThatIsWrongChangesNothing(String body) throws Exception {
    JsonNode created = create("{\"port\":3000}");
    String one = exposures + "/" + created.get("id").textValue();
    assertRefused(400, "invalid_request", server.post(one + "/refresh", body));
    assertThat(RestServer.json(server.get(one))).isEqualTo(created);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "exp_aaaaaaaaaaaaaaaaaaaa", "%00"})
  void whatIsNoExposureIsNotFound(String id) throws Exception {
    String one = exposures + "/" + id;
    int status = id.equals("%00") ? 400 : 404;
    assertThat(server.get(one).statusCode()).isEqualTo(status);
    assertThat(server.delete(one).statusCode()).isEqualTo(status);
    assertThat(server.post(one + "/refresh", "").statusCode()).isEqualTo(status);
  }

  private JsonNode create(String body) throws Exception {
    HttpResponse<String> answer = server.post(exposures, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return RestServer.json(answer);
  }

  private static Instant end(JsonNode exposure) {
    return Instant.parse(exposure.get("expiresAt").textValue());
  }

  /** One that nobody else has, for all tests share a database. */
  private static String slug() {
    return "my-app-" + UUID.randomUUID();
  }

  private static void assertRefused(int status, String code, HttpResponse<String> answer)
      throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(RestServer.json(answer).get("code").textValue()).isEqualTo(code);
  }
}
