package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokensTest {
  private final RestServer server = new RestServer();

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void aCallerIsToldWhoItIs() throws Exception {
    JsonNode me = RestServer.json(server.get("/auth/me"));
    assertThat(me.get("id").textValue()).startsWith("acc_");
    assertThat(me.get("name").textValue()).isEqualTo("first");
    assertThat(me.get("administrator").booleanValue()).isFalse();
    assertThat(me.get("scopes")).hasSize(5);
    assertThat(me.get("limits"))
        .isEqualTo(
            JsonNodeFactory.instance
                .objectNode()
                .put("maxConcurrentSandboxes", 3)
                .put("maxPausedSandboxes", 10)
                .put("maxVcpus", 64)
                .put("maxMemoryMib", 131_072)
                .put("maxDiskMib", 1_048_576)
                .put("requestsPerSecond", 100));
  }

  @Test
  void aTokenIsShownOnceWorksAndIsRevoked() throws Exception {
    HttpResponse<String> made =
        server.post(
            "/auth/tokens",
            "{\"name\":\" ci \",\"scopes\":[\"read\"],\"expiresAt\":\"2999-01-01T01:00:00+01:00\"}");
    assertThat(made.statusCode()).isEqualTo(201);
    String id = RestServer.json(made).get("id").textValue();
    String text = RestServer.json(made).get("token").textValue();
    assertThat(RestServer.json(made).get("name").textValue()).isEqualTo("ci");
    assertThat(RestServer.json(made).get("expiresAt").textValue())
        .isEqualTo("2999-01-01T00:00:00.000Z");
    HttpResponse<String> listed = server.get("/auth/tokens");
    assertThat(listed.body()).contains(id).doesNotContain(text).doesNotContain(server.key);
    assertThat(statusWith(text)).isEqualTo(200);
    assertThat(server.delete("/auth/tokens/" + id).statusCode()).isEqualTo(204);
    assertThat(statusWith(text)).isEqualTo(401);
    assertThat(server.delete("/auth/tokens/" + id).statusCode()).isEqualTo(404);
  }

  @Test
  void badInputIsRefusedByName() throws Exception {
    for (String body :
        List.of(
            "{}",
            "{\"name\":\"\"}",
            "{\"name\":\"a\\nb\"}",
            "{\"name\":\"" + "x".repeat(101) + "\"}",
            "{\"name\":\"a\",\"scopes\":[]}",
            "{\"name\":\"a\",\"scopes\":\"read\"}",
            "{\"name\":\"a\",\"scopes\":[\"everything\"]}",
            "{\"name\":\"a\",\"expiresAt\":\"tomorrow\"}",
            "{\"name\":\"a\",\"expiresAt\":\"2001-01-01T00:00:00Z\"}",
            "{\"name\":\"a\",\"expiresAt\":\"+999999999-01-01T00:00:00Z\"}",
            "{\"name\":\"a\",\"expiresAt\":\"-999999999-01-01T00:00:00Z\"}")) {
      assertThat(server.post("/auth/tokens", body).statusCode()).as(body).isEqualTo(400);
    }
    assertThat(RestServer.json(server.get("/auth/tokens"))).hasSize(1);
  }

  @Test
  void aNarrowTokenMakesNoWiderOne() throws Exception {
    String narrow =
        RestServer.json(
                server.post("/auth/tokens", "{\"name\":\"a\",\"scopes\":[\"admin\",\"read\"]}"))
            .get("token")
            .textValue();
    HttpResponse<String> answer =
        server.send(
            server
                .requestWithoutKey("/auth/tokens")
                .header("X-API-Key", narrow)
                .POST(
                    java.net.http.HttpRequest.BodyPublishers.ofString(
                        "{\"name\":\"b\",\"scopes\":[\"sandboxes\"]}")));
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(RestServer.json(answer).get("code").textValue()).isEqualTo("insufficient_scope");
  }

  private int statusWith(String key) throws Exception {
    return server
        .send(server.requestWithoutKey("/auth/me").header("Authorization", "Bearer " + key))
        .statusCode();
  }

  @Test
  void aTokensCapForLanguageModelsIsSetShownAndTakenBack() throws Exception {
    String id =
        RestServer.json(server.post("/auth/tokens", "{\"name\":\"ci\"}")).get("id").textValue();
    String path = "/auth/tokens/" + id + "/llm-cap";
    assertThat(server.get(path).statusCode()).isEqualTo(404);
    HttpResponse<String> set = server.put(path, "{\"capCents\":12.5,\"period\":\"day\"}");
    assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
    assertThat(server.get(path).body()).isEqualTo("{\"capCents\":12.5,\"period\":\"day\"}");
    assertThat(server.delete(path).statusCode()).isEqualTo(204);
    assertThat(server.get(path).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"capCents\":-1}",
        "{\"capCents\":\"5\"}",
        "{\"capTokens\":1.5}",
        "{\"capCents\":1,\"period\":\"year\"}",
        "{\"capCents\":1,\"capCent\":2}"
      })
  void whatIsNoCapIsRefused(String body) throws Exception {
    String id =
        RestServer.json(server.post("/auth/tokens", "{\"name\":\"ci\"}")).get("id").textValue();
    assertThat(server.put("/auth/tokens/" + id + "/llm-cap", body).statusCode()).isEqualTo(400);
    assertThat(server.get("/auth/tokens/" + id + "/llm-cap").statusCode()).isEqualTo(404);
  }
}
