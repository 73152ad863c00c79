package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.model.GuestEnvironment;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VaultTest {
  private static final String SECRET = "s3cr3t";
  private static final String CREDENTIALS = "/vault/credentials";

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
  void vaultIsMadeOnceAndIsNoSandbox() throws Exception {
    HttpResponse<String> made =
        server.send(
            server
                .request("/vault/init")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.noBody()));
    assertThat(made.statusCode()).isEqualTo(201);
    String id = RestServer.json(made).get("vault_sandbox_id").textValue();
    HttpResponse<String> again = server.post("/vault/init", "{}");
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(RestServer.json(again).get("code").textValue()).isEqualTo("vault_exists");
    assertThat(server.get("/sandboxes").body()).isEqualTo("[]");
    assertThat(server.get("/sandboxes/" + id).statusCode()).isEqualTo(404);
  }

  @Test
  void bothFormsAreStoredAndNamesAloneAreShown() throws Exception {
    assertThat(server.get(CREDENTIALS).body()).isEqualTo("{\"keys\":[]}");
    HttpResponse<String> one =
        server.post(CREDENTIALS, "{\"key\":\"B\",\"value\":\"" + SECRET + "\"}");
    assertThat(one.statusCode()).isEqualTo(201);
    assertThat(one.body()).isEqualTo("{\"keys\":[\"B\"],\"version\":1}");
    assertThat(
            server
                .post(CREDENTIALS, "{\"credentials\":{\"C\":\"" + SECRET + "\",\"A\":\"x\"}}")
                .body())
        .isEqualTo("{\"keys\":[\"A\",\"C\"],\"version\":2}");
    assertThat(server.get(CREDENTIALS).body()).isEqualTo("{\"keys\":[\"A\",\"B\",\"C\"]}");
    assertThat(server.post("/vault/init", "").statusCode()).isEqualTo(409);
  }

  @Test
  void anotherAccountSeesAndDeletesNothing() throws Exception {
    server.post(CREDENTIALS, "{\"key\":\"A\",\"value\":\"x\"}");
    HttpResponse<String> foreign =
        server.send(
            server
                .requestWithoutKey(CREDENTIALS + "/A")
                .header("X-API-Key", server.otherKey)
                .DELETE());
    assertThat(foreign.statusCode()).isEqualTo(404);
    assertThat(foreign.body()).isEqualTo(server.delete(CREDENTIALS + "/NONE").body());
    assertThat(
            server
                .send(server.requestWithoutKey(CREDENTIALS).header("X-API-Key", server.otherKey))
                .body())
        .isEqualTo("{\"keys\":[]}");
    assertThat(server.delete(CREDENTIALS + "/A").statusCode()).isEqualTo(204);
    assertThat(server.delete(CREDENTIALS + "/A").statusCode()).isEqualTo(404);
    assertThat(server.delete(CREDENTIALS + "/a%20b").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|no credential",
        "{\"key\":\"A\"}|\"value\" is missing",
        "{\"value\":\"s3cr3t\"}|\"key\" is missing",
        "{\"key\":\"A\",\"value\":[\"s3cr3t\"]}|must be a string",
        "{\"key\":\"A\",\"value\":{\"s3cr3t\":1}}|must be a string",
        "{\"key\":\"A\",\"value\":\"s3cr3t\",\"credentials\":{\"B\":\"x\"}}|not both",
        "{\"credentials\":{}}|no credential",
        "{\"credentials\":[\"s3cr3t\"]}|an object",
        "{\"credentials\":{\"A\":1}}|must be a string",
        "{\"credentials\":{\"OK\":\"s3cr3t\",\"B A D\":\"x\"}}|environment variable",
        "{\"credentials\":{\"OK\":\"s3cr3t\",\"PATH\":\"x\"}}|PATH",
        "{\"credentials\":{\"OK\":\"s3cr3t\",\"LD_PRELOAD\":\"x\"}}|LD_PRELOAD",
        "{\"key\":\"A\",\"value\":\"s3cr3t\\u0000\"}|NUL",
        "{\"key\":\"A\",\"value\":\"s3cr3t\\ud800\"}|surrogate",
        "{\"key\":\"A\",\"value\":\"s3cr3t|not valid JSON",
        "{\"key\":\"A\",\"value\":s3cr3t}|neither quoted nor",
        "[]|JSON object"
      })
  void whatIsWrongIsNamedWithoutItsValueAndNothingIsStored(String body, String message)
      throws Exception {
    HttpResponse<String> answer = server.post(CREDENTIALS, body);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).doesNotContain(SECRET);
    assertThat(RestServer.json(answer).get("message").textValue()).contains(message);
    assertThat(server.get(CREDENTIALS).body()).isEqualTo("{\"keys\":[]}");
  }

  @Test
  void tooMuchIsRefused() throws Exception {
    String large = "x".repeat(64 * 1024);
    assertThat(
            server.post(CREDENTIALS, "{\"key\":\"A\",\"value\":\"" + large + "x\"}").statusCode())
        .isEqualTo(400);
    for (int i = 0; i < 15; i++) {
      assertThat(
              server
                  .post(CREDENTIALS, "{\"key\":\"A" + i + "\",\"value\":\"" + large + "\"}")
                  .statusCode())
          .isEqualTo(201);
    }
    HttpResponse<String> refused =
        server.post(CREDENTIALS, "{\"key\":\"B\",\"value\":\"" + large + "\"}");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(RestServer.json(refused).get("code").textValue()).isEqualTo("vault_limit");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"vaultInject\":true}",
        "{\"metadata\":{\"vaultInject\":\"true\"}}",
        "{\"vaultInject\":true,\"envVars\":{\"A\":\"mine\"}}"
      })
  void credentialsGoIntoASandboxThatWantsThem(String body) throws Exception {
    server.post(CREDENTIALS, "{\"key\":\"A\",\"value\":\"" + SECRET + "\"}");
    String id = server.create(body);
    GuestEnvironment given = server.guest().identities.getFirst().environment();
    assertThat(given.credentials()).contains(Map.of("A", SECRET));
    HttpResponse<String> shown = server.get("/sandboxes/" + id);
    JsonNode sandbox = RestServer.json(shown);
    assertThat(sandbox.get("vaultInject").booleanValue()).isTrue();
    assertThat(shown.body()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "{\"vaultInject\":false}", "{\"metadata\":{\"vaultInject\":\"false\"}}"})
  void othersGetNone(String body) throws Exception {
    server.post(CREDENTIALS, "{\"key\":\"A\",\"value\":\"" + SECRET + "\"}");
    String id = server.create(body);
    assertThat(server.guest().identities.getFirst().environment().credentials()).isEmpty();
    assertThat(RestServer.json(server.get("/sandboxes/" + id)).has("vaultInject")).isFalse();
  }

  @Test
  void anAccountWithoutAVaultGivesAnEmptyOne() throws Exception {
    server.create("{\"vaultInject\":true}");
    assertThat(server.guest().identities.getFirst().environment().credentials())
        .isEqualTo(Optional.of(Map.of()));
    assertThat(server.post("/sandboxes", "{\"vaultInject\":\"yes\"}").statusCode()).isEqualTo(400);
  }
}
