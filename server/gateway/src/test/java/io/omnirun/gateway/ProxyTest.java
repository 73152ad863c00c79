package io.omnirun.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.omnirun.core.PreviewTarget;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProxyTest {
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = new GatewayFixture();
  }

  @AfterEach
  void stop() throws IOException {
    fixture.close();
  }

  private String ask(String request) throws IOException {
    try (RawClient client = fixture.client()) {
      return client.send(request).readAnswer();
    }
  }

  @Test
  void passesAnAnswerOnAndKeepsBothConnections() throws IOException {
    try (RawClient client = fixture.client()) {
      for (int i = 0; i < 5; i++) {
        assertThat(client.send(fixture.get("/a%2Fb//c?q=%20&&x", "")).readAnswer())
            .startsWith("HTTP/1.1 200 OK\r\n")
            .endsWith("\r\n\r\nhello");
        assertThat(fixture.guest.nextHead()).startsWith("GET /a%2Fb//c?q=%20&&x HTTP/1.1\r\n");
      }
    }
    assertThat(fixture.guest.connections()).isEqualTo(1);
    await().until(() -> fixture.directory.uses() == 0);
  }

  @Test
  void leavesEverythingElseToTheApi() throws IOException {
    for (String host : new String[] {"localhost", "127.0.0.1", "localhost:1", "api.example.com"}) {
      assertThat(ask("GET /api HTTP/1.1\r\nHost: " + host + "\r\n\r\n")).contains("the API");
    }
    assertThat(ask("GET /a%2Fb HTTP/1.1\r\nHost: localhost\r\n\r\n")).contains(" 400 ");
  }

  @Test
  void tellsTheGuestWhereARequestComesFromAndDropsWhatTheClientSaysOfThat() throws IOException {
    ask(
        fixture.get(
            "/",
            "Connection: keep-alive, X-Secret\r\nX-Secret: 1\r\nX-Forwarded-For: 6.6.6.6\r\n"
                + "X_Forwarded_Host: evil\r\nX-Forwarded-Port: 1\r\nForwarded: for=evil\r\n"
                + "X-Real-IP: 6.6.6.6\r\nX-Omnirun-Sandbox-Id: sb_evil\r\nX-Omnirun-Exposure-Id: e\r\n"
                + "Proxy-Authorization: Basic eA==\r\nTE: trailers\r\nKeep-Alive: 5\r\n"
                + "E2b-Traffic-Access-Token: t\r\nX-API-Key: omr_abc\r\n"
                + "Cookie: a=1; omnirun_preview=t; omnirun_session=s; b=2\r\n"
                + "Authorization: Basic Z3Vlc3Q6\r\nX-Own: yes\r\n"));
    assertThat(fixture.guest.nextHead())
        .isEqualTo(
            """
            GET / HTTP/1.1\r
            Host: %1$s\r
            Cookie: a=1; b=2\r
            Authorization: Basic Z3Vlc3Q6\r
            X-Own: yes\r
            X-Forwarded-Host: %1$s\r
            X-Forwarded-Proto: http\r
            X-Forwarded-For: 127.0.0.1\r
            X-Omnirun-Sandbox-Id: %2$s\r
            \r
            """
                .formatted(fixture.host(), fixture.sandbox.value()));
  }

  @Test
  void aKeyOfTheApiIsNotPassedOnButAGuestsOwnIs() throws IOException {
    ask(fixture.get("/", "X-API-Key: own\r\nAuthorization: Bearer omr_abc\r\n"));
    assertThat(fixture.guest.nextHead())
        .contains("X-API-Key: own\r\n")
        .doesNotContain("Authorization");
  }

  @Test
  void rewritesTheHostAsTheTargetSays() throws IOException {
    PreviewTarget plain = fixture.target();
    String ask = "GET / HTTP/1.1\r\nHost: 3000-%s.LOCALHOST.:8080\r\n\r\n";
    String e2b = ask.formatted(fixture.sandbox.value().replace("_", ""));
    ask(e2b);
    assertThat(fixture.guest.nextHead()).contains("\r\nHost: " + fixture.host() + ":8080\r\n");
    fixture.directory.replace(fixture.name, shown(plain, true, Optional.empty()));
    ask(e2b);
    assertThat(fixture.guest.nextHead()).contains("\r\nHost: 3000-sb").contains(".localhost:8080");
    fixture.directory.replace(fixture.name, shown(plain, true, Optional.of("app.internal")));
    ask(e2b);
    assertThat(fixture.guest.nextHead()).contains("\r\nHost: app.internal\r\n");
  }

  private static PreviewTarget shown(
      PreviewTarget target, boolean preserve, Optional<String> masked) {
    return new PreviewTarget(
        target.account(),
        target.sandbox(),
        target.machine(),
        target.port(),
        target.exposure(),
        target.gated(),
        preserve,
        masked);
  }

  @Test
  void passesHeadersOnButThoseOfTheConnectionAndTheOperators() throws IOException {
    fixture.guest.behave(
        StandInGuest.always(
            "HTTP/1.1 302 Found\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\nKeep-Alive: 1\r\n"
                + "Date: then\r\nServer: theirs\r\nAlt-Svc: h3=\":1\"\r\n"
                + "Clear-Site-Data: \"*\"\r\n"
                + "Strict-Transport-Security: max-age=9; includeSubDomains\r\n"
                + "Set-Cookie: a=b; Path=/; Domain=.localhost; Secure\r\n"
                + "Set-Cookie: omnirun_preview=x\r\nSet-Cookie: __Host-omnirun_session=x\r\n"
                + "Location: http://127.0.0.1:3000/next\r\nContent-Length: 0\r\n\r\n"));
    assertThat(ask(fixture.get("/", "")))
        .isEqualTo(
            "HTTP/1.1 302 Found\r\nDate: then\r\nServer: theirs\r\nSet-Cookie: a=b; Path=/; Secure\r\n"
                + "Location: http://"
                + fixture.host()
                + "/next\r\nContent-Length: 0\r\n\r\n");
  }

  @Test
  void passesABodyOnOfAnyFraming() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          byte[] body = visit.input().readNBytes("5\r\nhello\r\n0\r\n\r\n".length());
          visit.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
          visit.send(new String(body));
        });
    assertThat(
            ask(
                "POST / HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: x\r\n\r\n"
                    .formatted(fixture.host())))
        .endsWith("\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.input().readNBytes(1_000_000);
          visit.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes");
        });
    assertThat(
            ask(
                "PUT / HTTP/1.1\r\nHost: %s\r\nContent-Length: 1000000\r\n\r\n%s"
                    .formatted(fixture.host(), "x".repeat(1_000_000))))
        .endsWith("yes");
  }

  @Test
  void streamsBothWaysAtOnce() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
          for (int i = 0; i < 3; i++) {
            visit.send("1\r\n" + (char) visit.input().read() + "\r\n");
          }
          visit.send("0\r\n\r\n");
        });
    try (RawClient client = fixture.client()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: 3\r\n\r\n".formatted(fixture.host()));
      client.readUntil("\r\n\r\n");
      for (String letter : new String[] {"a", "b", "c"}) {
        client.send(letter);
        assertThat(client.readUntil("1\r\n" + letter)).isNotEmpty();
      }
      assertThat(client.readUntil("0\r\n\r\n")).isNotEmpty();
    }
  }

  @Test
  void sendsEventsAtOnce() throws IOException {
    CountDownLatch seen = new CountDownLatch(1);
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
          awaitLatch(seen);
          visit.send("data: 2\n\n");
        });
    try (RawClient client = fixture.client()) {
      client.send(fixture.get("/", "Connection: close\r\n")).readUntil("data: 1\n\n");
      seen.countDown();
      assertThat(client.readToEnd()).contains("data: 2\n\n");
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void asksForABodyOnlyWhenTheGuestDoes() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send("HTTP/1.1 100 Continue\r\n\r\n");
          visit.input().readNBytes(4);
          visit.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
    String post =
        "POST / HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
            .formatted(fixture.host());
    try (RawClient client = fixture.client()) {
      client.send(post);
      assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 100 ");
      assertThat(client.send("body").readAnswer()).contains("200 OK").endsWith("ok");
    }
    fixture.guest.behave(StandInGuest.always("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"));
    assertThat(ask(post)).startsWith("HTTP/1.1 417 ");
  }

  @Test
  void answersWithoutABodyHaveNone() throws IOException {
    fixture.guest.behave(StandInGuest.always("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"));
    try (RawClient client = fixture.client()) {
      String head = "HEAD / HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(fixture.host());
      assertThat(client.send(head).readUntil("\r\n\r\n")).contains("Content-Length: 500");
      fixture.guest.behave(StandInGuest.always("HTTP/1.1 204 No\r\nETag: x\r\n\r\n"));
      assertThat(client.send(head).readUntil("\r\n\r\n")).contains(" 204 ");
    }
    for (String status : new String[] {"204 No Content", "304 Not Modified"}) {
      fixture.guest.behave(StandInGuest.always("HTTP/1.1 " + status + "\r\nETag: x\r\n\r\n"));
      try (RawClient client = fixture.client()) {
        for (int i = 0; i < 3; i++) {
          String answer = client.send(fixture.get("/", "")).readUntil("\r\n\r\n");
          assertThat(answer).startsWith("HTTP/1.1 " + status.substring(0, 3)).contains("ETag: x");
        }
      }
    }
  }

  @Test
  void aClientThatHangsUpEndsTheRequestInTheGuest() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.awaitEnd();
          ended.countDown();
        });
    try (RawClient client = fixture.client()) {
      client.send(fixture.get("/", ""));
      fixture.guest.nextHead();
    }
    awaitLatch(ended);
    await().until(() -> fixture.directory.uses() == 0);
  }

  @Test
  void aClientThatSentOneByteTooManyKeepsItsPlaceForLittleTime() throws Exception {
    try (GatewayFixture impatient = GatewayFixture.impatientWithTheUnseen(Duration.ofMillis(100))) {
      CountDownLatch ended = new CountDownLatch(1);
      impatient.guest.behave(
          visit -> {
            visit.readHead();
            visit.awaitEnd();
            ended.countDown();
          });
      try (RawClient client = impatient.client()) {
        client.send(impatient.get("/", "") + "G");
        impatient.guest.nextHead();
      }
      awaitLatch(ended);
      await().until(() -> impatient.directory.uses() == 0);
    }
  }

  @Test
  void aUsedConnectionThatItsServerHasClosedIsNoFailure() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          // Takes the next request and dies of it.
          visit.readHead();
        });
    for (int i = 0; i < 10; i++) {
      assertThat(ask(fixture.get("/", ""))).endsWith("ok");
    }
    assertThat(
            ask(
                "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n"
                    .formatted(fixture.host())))
        .endsWith("ok");
    assertThat(fixture.guest.requests("POST")).isEqualTo(1);
  }

  @Test
  void saysWhatIsWrongInTheWayTheClientAsksFor() throws IOException {
    fixture.directory.put(
        fixture.name,
        fixture.target(),
        () -> {
          throw new OmniRunException(ErrorCode.PORT_CLOSED, "nothing there");
        });
    assertThat(ask(fixture.get("/", "Accept: text/html\r\n")))
        .startsWith("HTTP/1.1 502 ")
        .contains("<h1>Nothing listens yet</h1>");
    assertThat(ask(fixture.get("/", "")))
        .startsWith("HTTP/1.1 502 ")
        .contains("\"code\":\"port_closed\"", "\"port\":3000");
    String e2b = fixture.sandbox.value().replace("_", "");
    assertThat(ask("GET / HTTP/1.1\r\nHost: 3000-%s.localhost\r\n\r\n".formatted(e2b)))
        .startsWith("HTTP/1.1 502 ")
        .contains(
            "\"message\":\"The sandbox is running but port is not open\"",
            "\"code\":502",
            "\"sandboxId\":\"" + e2b);
    fixture.directory.refuse(fixture.name, ErrorCode.SANDBOX_PAUSED);
    assertThat(ask(fixture.get("/", ""))).startsWith("HTTP/1.1 503 ").contains("Retry-After: ");
    assertThat(ask("GET / HTTP/1.1\r\nHost: 3000-%s.localhost\r\n\r\n".formatted(e2b)))
        .startsWith("HTTP/1.1 502 ")
        .contains("The sandbox was not found");
    fixture.directory.refuse(fixture.name, ErrorCode.DATABASE_UNAVAILABLE);
    assertThat(ask(fixture.get("/", "")))
        .startsWith("HTTP/1.1 503 ")
        .contains("Retry-After: ", "\"code\":\"database_unavailable\"");
    assertThat(ask("GET / HTTP/1.1\r\nHost: nobody.localhost\r\n\r\n")).startsWith("HTTP/1.1 404 ");
  }
}
