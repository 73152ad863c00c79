package io.omnirun.rest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.http.Router.Route;
import io.omnirun.model.Scope;
import io.omnirun.model.Scopes;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every route takes the tokens that the contract says, and no other. */
class ScopesTest {
  private final OpenApiContract contract = new OpenApiContract();
  private final RestServer server = new RestServer();

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void everyOperationNamesItsScopeOrIsPublic() {
    for (Route operation : contract.operations()) {
      boolean isPublic = contract.at(pointer(operation) + "/security").isArray();
      assertThat(scope(operation).isPresent()).as("x-scope of " + operation).isNotEqualTo(isPublic);
    }
  }

  @Test
  void everyRouteTakesTokensWithItsScopeAndNoOthers() throws Exception {
    Map<Scope, String> lasting = keys();
    for (Route operation : contract.operations()) {
      Map<Scope, String> keys = operation.template().equals("/auth/sign-out") ? keys() : lasting;
      Optional<String> wanted = scope(operation);
      if (wanted.isPresent()) {
        for (Map.Entry<Scope, String> key : keys.entrySet()) {
          assertThat(isRefused(operation, key.getValue()))
              .as(operation + " with a token for " + key.getKey())
              .isNotEqualTo(isGranted(wanted.get(), key.getKey()));
        }
      }
    }
  }

  @Test
  void credentialsAreInjectedForTokensOfTheVaultOnly() throws Exception {
    String key = requireNonNull(keys().get(Scope.SANDBOXES));
    for (String body :
        List.of("{\"vaultInject\":true}", "{\"metadata\":{\"vaultInject\":\"true\"}}")) {
      HttpResponse<String> answer = create(body, key);
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(RestServer.json(answer).get("code").textValue()).isEqualTo("insufficient_scope");
    }
    assertThat(server.get("/sandboxes").body()).isEqualTo("[]");
    assertThat(create("{}", key).statusCode()).isEqualTo(201);
    assertThat(create("{\"vaultInject\":true}", server.key).statusCode()).isEqualTo(201);
  }

  @Test
  void aKeyForModelsIsMadeForTokensOfModelsOnly() throws Exception {
    String key = requireNonNull(keys().get(Scope.SANDBOXES));
    HttpResponse<String> answer = create("{\"llm\":{}}", key);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(RestServer.json(answer).get("code").textValue()).isEqualTo("insufficient_scope");
    assertThat(server.get("/sandboxes").body()).isEqualTo("[]");
    assertThat(create("{\"llm\":null}", key).statusCode()).isEqualTo(201);
    assertThat(create("{\"llm\":{}}", server.key).statusCode()).isEqualTo(201);
  }

  private HttpResponse<String> create(String body, String key) throws Exception {
    return server.send(
        server
            .requestWithoutKey("/sandboxes")
            .header("X-API-Key", key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  private Map<Scope, String> keys() throws Exception {
    Map<Scope, String> keys = new EnumMap<>(Scope.class);
    for (Scope scope : Scope.values()) {
      String body = "{\"name\":\"narrow\",\"scopes\":[\"%s\"]}".formatted(scope.text());
      keys.put(scope, RestServer.json(server.post("/auth/tokens", body)).get("token").textValue());
    }
    return keys;
  }

  private static boolean isGranted(String wanted, Scope held) {
    return wanted.equals("any")
        || Scopes.named(Set.of(held)).allow(Scope.parse(wanted).orElseThrow());
  }

  private boolean isRefused(Route operation, String key) throws Exception {
    String path =
        operation
            .template()
            .replace("{id}", "sb_x")
            .replace("{key}", "A")
            .replace("{pid}", "1")
            .replace("{eid}", "exp_x")
            .replace("{cid}", "c");
    HttpResponse<String> answer =
        server.send(
            server
                .requestWithoutKey(path)
                .header("X-API-Key", key)
                .method(operation.method(), BodyPublishers.noBody()));
    return answer.statusCode() == 403
        && RestServer.json(answer).get("code").textValue().equals("insufficient_scope");
  }

  private Optional<String> scope(Route operation) {
    return Optional.ofNullable(contract.at(pointer(operation) + "/x-scope").textValue());
  }

  private static String pointer(Route operation) {
    return "/paths/%s/%s"
        .formatted(
            operation.template().replace("/", "~1"), operation.method().toLowerCase(Locale.ROOT));
  }
}
