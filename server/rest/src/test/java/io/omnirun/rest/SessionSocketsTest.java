package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.OutputEvent;
import io.omnirun.core.signin.SignUpPolicy;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Terminals that a signed-in browser joins: any page can open a WebSocket to any server. */
@Timeout(120)
class SessionSocketsTest {
  private static final int SWITCHING_PROTOCOLS = 101;

  private final RestServer server = new RestServer(new SignUpPolicy.Anyone());
  private final SigningIn ada = new SigningIn(server);
  private String terminal = "";
  private String cookie = "";

  @BeforeEach
  void makeASandboxAndSignIn() throws Exception {
    HttpResponse<String> made =
        server.send(
            server
                .requestWithoutKey("/sandboxes")
                .header("X-API-Key", ada.token())
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{}")));
    terminal = "/sandboxes/" + RestServer.json(made).get("sandboxID").textValue() + "/pty/2/ws";
    cookie = ada.session();
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void thisServersOwnPageJoinsATerminalWithTheCookie() {
    String host = "127.0.0.1:" + server.port();
    for (Map<String, String> from :
        List.of(
            Map.of("Origin", RestServer.PUBLIC_URL),
            Map.of("Origin", "http://" + host),
            Map.of("Origin", "http://" + host, "Sec-Fetch-Site", "same-origin"))) {
      server.guest().control.events.add(new OutputEvent.Exited(0, false));
      assertThat(statusOf(from)).as(from.toString()).isEqualTo(SWITCHING_PROTOCOLS);
    }
  }

  @Test
  void anotherSitesPageJoinsNoneThoughTheBrowserSendsTheCookieAlong() {
    for (Map<String, String> from :
        List.of(
            Map.of("Origin", "https://evil.example"),
            Map.of("Origin", "https://omnirun.test.evil.example"),
            Map.of("Origin", "http://omnirun.test"),
            Map.of("Origin", "null"),
            Map.of("Origin", RestServer.PUBLIC_URL, "Sec-Fetch-Site", "cross-site"),
            Map.of("Origin", RestServer.PUBLIC_URL, "Sec-Fetch-Site", "same-site"),
            Map.of("Sec-Fetch-Site", "none"),
            Map.<String, String>of())) {
      assertThat(statusOf(from)).as(from.toString()).isEqualTo(403);
    }
    assertThat(server.guest().control.done).isEmpty();
  }

  private int statusOf(Map<String, String> headers) {
    WebSocket.Builder socket = server.client().newWebSocketBuilder().header("Cookie", cookie);
    headers.forEach(socket::header);
    URI address = URI.create("ws://127.0.0.1:" + server.port() + terminal);
    try {
      socket.buildAsync(address, new WebSocket.Listener() {}).join().abort();
      return SWITCHING_PROTOCOLS;
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        return refused.getResponse().statusCode();
      }
      throw e;
    }
  }
}
