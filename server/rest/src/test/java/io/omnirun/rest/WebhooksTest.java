package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebhooksTest {
  private static final String URL = "https://receiver.example/hook";

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
  void aWebhookIsMadeShownAndDeleted() throws Exception {
    HttpResponse<String> answer =
        server.post(
            "/webhooks", "{\"url\":\"" + URL + "\",\"events\":[\"created\",\"sandbox.killed\"]}");
    assertThat(answer.statusCode()).isEqualTo(201);
    JsonNode created = RestServer.json(answer);
    assertThat(created.get("url").textValue()).isEqualTo(URL);
    assertThat(created.get("events").toString())
        .isEqualTo("[\"sandbox.created\",\"sandbox.killed\"]");
    String secret = created.get("secret").textValue();
    assertThat(secret).startsWith("whsec_");
    String id = created.get("id").textValue();
    HttpResponse<String> list = server.get("/webhooks");
    assertThat(list.body()).contains(id).doesNotContain(secret).doesNotContain("secret");
    assertThat(RestServer.json(list).get(0).get("failedDeliveries").intValue()).isZero();

    assertThat(asOther("/webhooks").body()).isEqualTo("[]");
    HttpResponse<String> foreign =
        server.send(
            server
                .requestWithoutKey("/webhooks/" + id)
                .header("X-API-Key", server.otherKey)
                .DELETE());
    assertThat(foreign.statusCode()).isEqualTo(404);
    assertThat(foreign.body()).isEqualTo(server.delete("/webhooks/nonsense").body());
    assertThat(server.delete("/webhooks/" + id).statusCode()).isEqualTo(204);
    assertThat(server.delete("/webhooks/" + id).statusCode()).isEqualTo(404);
    assertThat(server.get("/webhooks").body()).isEqualTo("[]");
  }

  private HttpResponse<String> asOther(String path) throws Exception {
    return server.send(server.requestWithoutKey(path).header("X-API-Key", server.otherKey));
  }

  @Test
  void theEleventhIsOneTooMany() throws Exception {
    String body = "{\"url\":\"" + URL + "\",\"events\":[\"created\"]}";
    for (int i = 0; i < 10; i++) {
      assertThat(server.post("/webhooks", body).statusCode()).isEqualTo(201);
    }
    HttpResponse<String> refused = server.post("/webhooks", body);
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(RestServer.json(refused).get("code").textValue()).isEqualTo("webhook_limit");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|\"url\" is missing",
        "{\"url\":1,\"events\":[\"created\"]}|must be a string",
        "{\"url\":\"https://a.example\"}|\"events\" must name",
        "{\"url\":\"https://a.example\",\"events\":[]}|\"events\" must name",
        "{\"url\":\"https://a.example\",\"events\":\"created\"}|an array of strings",
        "{\"url\":\"https://a.example\",\"events\":[1]}|must be a string",
        "{\"url\":\"https://a.example\",\"events\":[\"sandbox.exploded\"]}|there are sandbox.created",
        "{\"url\":\"\",\"events\":[\"created\"]}|absolute",
        "{\"url\":\"ftp://a.example\",\"events\":[\"created\"]}|http or https",
        "{\"url\":\"http://u:p@a.example\",\"events\":[\"created\"]}|neither a user",
        "{\"url\":\"http://127.0.0.1/\",\"events\":[\"created\"]}|public internet",
        "{\"url\":\"http://[::1]/\",\"events\":[\"created\"]}|public internet",
        "{\"_encrypted\":{}}|\"url\" is missing",
        "[]|JSON object is expected"
      })
  void whatIsWrongIsNamedAndNothingIsMade(String body, String message) throws Exception {
    HttpResponse<String> answer = server.post("/webhooks", body);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(RestServer.json(answer).get("code").textValue()).isEqualTo("invalid_request");
    assertThat(RestServer.json(answer).get("message").textValue()).contains(message);
    assertThat(server.get("/webhooks").body()).isEqualTo("[]");
  }

  @Test
  void withoutAKeyThereAreNone() throws Exception {
    assertThat(
            server
                .send(server.requestWithoutKey("/webhooks").POST(BodyPublishers.ofString("{}")))
                .statusCode())
        .isEqualTo(401);
  }
}
