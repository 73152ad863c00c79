package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AuthenticationTest {
  private final RestServer server = new RestServer();

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void aKeyIsTakenInEitherHeaderOrTheSameOneInBoth() throws Exception {
    assertThat(statusWith("X-API-Key", server.key)).isEqualTo(200);
    assertThat(statusWith("Authorization", "Bearer " + server.key)).isEqualTo(200);
    assertThat(statusWith("authorization", "bearer  " + server.key + " ")).isEqualTo(200);
    assertThat(statusWith("X-API-Key", server.key, "Authorization", "Bearer " + server.key))
        .isEqualTo(200);
    assertThat(statusWith("X-API-Key", "", "Authorization", "Bearer " + server.key)).isEqualTo(200);
  }

  @Test
  void withoutAKeyNothingIsAnswered() throws Exception {
    assertUnauthorized(server.send(server.requestWithoutKey("/sandboxes")), "there is no API key");
    assertUnauthorized(with("X-API-Key", ""), "there is no API key");
    assertUnauthorized(with("Authorization", "Basic dXNlcjpw"), "there is no API key");
  }

  @Test
  void aKeyInTheUrlIsRefusedWhateverItIsCalledAndWhateverElseIsSent() throws Exception {
    for (String query : List.of("api_key=x", "access_token=x", "t=" + server.key, server.key)) {
      assertKeyInUrl(server.send(server.requestWithoutKey("/sandboxes?" + query)));
      assertKeyInUrl(server.get("/sandboxes?limit=1&" + query));
    }
    assertKeyInUrl(server.send(server.requestWithoutKey("/status?key=" + server.key)));
    assertThat(server.get("/sandboxes?keyword=omr_short").statusCode()).isEqualTo(200);
  }

  private static void assertKeyInUrl(HttpResponse<String> answer) throws Exception {
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(RestServer.json(answer).get("code").textValue()).isEqualTo("key_in_url");
  }

  @Test
  void aKeyThatNobodyHasIsRefused() throws Exception {
    assertUnauthorized(with("X-API-Key", "omr_wrong"), "this API key is not known");
    assertUnauthorized(with("X-API-Key", server.key + "x"), "this API key is not known");
  }

  @Test
  void twoDifferentKeysAreRefusedThoughBothAreGood() throws Exception {
    assertUnauthorized(
        with("X-API-Key", server.key, "Authorization", "Bearer " + server.otherKey),
        "two different API keys");
    assertUnauthorized(
        with("X-API-Key", server.key, "X-API-Key", server.otherKey), "two different API keys");
  }

  @Test
  void everyRouteButStatusWantsAKeyOrASignature() throws Exception {
    for (io.omnirun.http.Router.Route route : server.router.routes()) {
      String path =
          route
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
                  .method(route.method(), java.net.http.HttpRequest.BodyPublishers.noBody()));

      assertThat(answer.statusCode())
          .as(route.toString())
          .isEqualTo(statusWithoutKey(route.method(), route.template()));
    }
  }

  private static int statusWithoutKey(String method, String template) {
    return switch (template) {
      case "/status" -> 200;
      case "/auth/magic-link/request", "/auth/otp/verify", "/auth/mfa/totp/verify" -> 400;
      case "/auth/link", "/auth/link/code" -> method.equals("GET") ? 400 : 403;
      case "/files/signed" -> 403;
      default -> 401;
    };
  }

  private int statusWith(String... headers) throws Exception {
    return with(headers).statusCode();
  }

  private HttpResponse<String> with(String... headers) throws Exception {
    return server.send(server.requestWithoutKey("/sandboxes").headers(headers));
  }

  private static void assertUnauthorized(HttpResponse<String> answer, String message)
      throws Exception {
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("WWW-Authenticate"))
        .hasValue("Bearer realm=\"omnirun\"");
    assertThat(RestServer.json(answer).get("code").textValue()).isEqualTo("unauthorized");
    assertThat(RestServer.json(answer).get("message").textValue()).contains(message);
  }
}
