package io.omnirun.rest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.http.Router.Route;
import io.omnirun.model.SandboxId;
import io.omnirun.model.TokenId;
import io.omnirun.model.WebhookId;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is somebody else's looks exactly like what is not there, on every route of the contract. A
 * new route fails here until it has a rule in {@link OwnerRules}.
 */
class OwnershipTest {
  /** Stands in everything of the first account that has a text of its own. */
  private static final String MARK = "marked-4711";

  private static final String CREDENTIAL = "MARKED_4711";

  private final OpenApiContract contract = new OpenApiContract();
  private final RestServer server = RestServer.overDatabase();
  private final Map<String, String> owned = new TreeMap<>();

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  /** One of everything that an account can have. */
  private void makeOneOfEach(String sandboxState) throws Exception {
    String sandbox =
        server.create("{\"metadata\":{\"name\":\"%s\"},\"timeout\":300}".formatted(MARK));
    owned.put("sandbox", sandbox);
    String path = "/sandboxes/" + sandbox;
    server.post(path + "/commands", "{\"command\":\"" + MARK + "\",\"background\":true}");
    server.post(path + "/pty", "{\"cmd\":\"" + MARK + "\"}");
    owned.put("exposure", made(path + "/exposures", "{\"port\":3000,\"openPath\":\"/%s\"}"));
    owned.put(
        "webhook",
        made("/webhooks", "{\"url\":\"https://93.184.215.14/%s\",\"events\":[\"created\"]}"));
    owned.put("credential", CREDENTIAL);
    server.post("/vault/credentials", "{\"key\":\"%s\",\"value\":\"x\"}".formatted(CREDENTIAL));
    owned.put("token", made("/auth/tokens", "{\"name\":\"%s\"}"));
    if (sandboxState.equals("paused")) {
      assertThat(server.post(path + "/pause", "").statusCode()).isEqualTo(200);
    } else if (sandboxState.equals("killed")) {
      assertThat(server.delete(path).statusCode()).isEqualTo(204);
    }
  }

  private String made(String path, String body) throws Exception {
    HttpResponse<String> answer = server.post(path, body.formatted(MARK));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return RestServer.json(answer).get("id").textValue();
  }

  @Test
  void everyOperationHasAnOwnerRule() {
    assertThat(contract.operations()).allSatisfy(operation -> OwnerRules.of(operation));
  }

  @ParameterizedTest
  @ValueSource(strings = {"running", "paused", "killed"})
  void whatIsForeignLooksExactlyLikeWhatIsMissing(String state) throws Exception {
    makeOneOfEach(state);
    Map<String, String> before = everythingOfTheOwner();
    Map<String, String> missing =
        Map.of(
            "sandbox", SandboxId.random().value(),
            "webhook", WebhookId.random().value(),
            "credential", "NOBODYS",
            "token", TokenId.random().value());
    for (Route operation : contract.operations()) {
      OwnerRules.Rule rule = OwnerRules.of(operation);
      if (rule.resource().isPresent()) {
        String resource = rule.resource().get();
        HttpResponse<String> foreign =
            asStranger(operation, rule, requireNonNull(owned.get(resource)));
        HttpResponse<String> none =
            asStranger(operation, rule, requireNonNull(missing.get(resource)));
        assertThat(foreign.statusCode()).as(operation + foreign.body()).isEqualTo(404);
        assertThat(foreign.body()).contains(resource + "_not_found");
        assertThat(foreign.statusCode()).as(operation.toString()).isEqualTo(none.statusCode());
        assertThat(foreign.body()).as(operation.toString()).isEqualTo(none.body());
        assertThat(shown(foreign.headers()))
            .as(operation.toString())
            .isEqualTo(shown(none.headers()));
      }
    }
    assertThat(everythingOfTheOwner()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"running", "killed"})
  void listsShowNothingOfOthers(String state) throws Exception {
    makeOneOfEach(state);
    int lists = 0;
    for (Route operation : contract.operations()) {
      OwnerRules.Rule rule = OwnerRules.of(operation);
      if (rule.isList()) {
        HttpResponse<String> answer = asStranger(operation, rule, "");
        assertThat(answer.statusCode()).as(operation.toString()).isEqualTo(200);
        assertThat(answer.body()).as(operation.toString()).doesNotContain(MARK);
        owned.values().forEach(id -> assertThat(answer.body()).doesNotContain(id));
        lists++;
      }
    }
    assertThat(lists).isGreaterThan(3);
  }

  /** All that the first account sees of its own: nothing of that may change. */
  private Map<String, String> everythingOfTheOwner() throws Exception {
    Map<String, String> all = new TreeMap<>();
    String sandbox = "/sandboxes/" + owned.get("sandbox");
    for (String path :
        List.of(
            "/sandboxes",
            "/sandboxes/history",
            sandbox,
            sandbox + "/commands",
            sandbox + "/pty",
            sandbox + "/exposures",
            "/webhooks",
            "/vault/credentials")) {
      HttpResponse<String> answer = server.get(path);
      all.put(path, answer.statusCode() + answer.body());
    }
    all.put(
        "/auth/tokens",
        RestServer.json(server.get("/auth/tokens")).findValuesAsText("id").toString());
    return all;
  }

  private HttpResponse<String> asStranger(Route operation, OwnerRules.Rule rule, String id)
      throws Exception {
    HttpRequest.Builder request =
        server
            .requestWithoutKey(
                operation
                        .template()
                        .replace("{id}", id)
                        .replace("{key}", id)
                        .replace("{pid}", "1")
                        .replace("{eid}", owned.getOrDefault("exposure", "exp_x"))
                    + rule.query())
            .header("X-API-Key", server.otherKey)
            .method(operation.method(), BodyPublishers.ofString(rule.body()));
    if (!rule.body().isEmpty()) {
      request.header("Content-Type", rule.contentType());
    }
    return server.send(request);
  }

  private static Map<String, List<String>> shown(HttpHeaders headers) {
    Map<String, List<String>> shown = new TreeMap<>(headers.map());
    shown.remove("date");
    return shown;
  }
}
