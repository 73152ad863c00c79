package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HttpServerTest {
  private static final Duration SHORT = Duration.ofMillis(200);

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch finish = new CountDownLatch(1);
  private final Router router =
      new Router()
          .add(
              "POST",
              "/slow",
              exchange -> {
                begun.countDown();
                awaitFinish();
                String text = exchange.readJson().requiredString("text");
                exchange.json(200, json -> json.writeString(text));
              })
          .add("GET", "/fast", exchange -> exchange.empty(204));

  private void awaitFinish() {
    try {
      assertThat(finish.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anIdleConnectionIsClosedAndOneWithARequestInWorkIsNot() throws Exception {
    try (TestServer server = new TestServer(router, SHORT, Duration.ofSeconds(30));
        RawConnection waiting = server.connect();
        RawConnection first = server.connect();
        RawConnection second = server.connect()) {
      waiting.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n{\"text\":\"a\"}");
      begun.await();
      // Two idle connections, one after the other, have run into the time-out meanwhile.
      first.send("GET /fast HTTP/1.1\r\nHost: a\r\n\r\n").readAnswer();
      assertThat(first.readToEnd()).isEmpty();
      assertThat(second.readToEnd()).doesNotContain("200");
      try (RawConnection third = server.connect()) {
        assertThat(third.readToEnd()).doesNotContain("200");
      }
      finish.countDown();

      assertThat(waiting.readAnswer()).startsWith("HTTP/1.1 200 ").endsWith("\"a\"");
    }
  }

  @Test
  void aBodyThatStopsComingIsAnswered() throws Exception {
    finish.countDown();
    try (TestServer server = new TestServer(router, SHORT, Duration.ofSeconds(30));
        RawConnection stalled = server.connect()) {
      stalled.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n{");

      assertThat(stalled.readToEnd()).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void closingWaitsForRequestsInWorkAndRefusesNewOnes() throws Exception {
    TestServer server = new TestServer(router, Duration.ofSeconds(60), Duration.ofSeconds(60));
    try (RawConnection kept = server.connect()) {
      kept.send("GET /fast HTTP/1.1\r\nHost: a\r\n\r\n").readAnswer();
      CompletableFuture<HttpResponse<String>> slow = inBackground(server);
      begun.await();
      CompletableFuture<Void> closed = CompletableFuture.runAsync(server::closeServer);
      String refused = kept.send("GET /fast HTTP/1.1\r\nHost: a\r\n\r\n").readAnswer();
      while (refused.startsWith("HTTP/1.1 204 ")) {
        refused = kept.send("GET /fast HTTP/1.1\r\nHost: a\r\n\r\n").readAnswer();
      }
      assertThat(refused).startsWith("HTTP/1.1 429 ").contains("Connection: close");
      assertThat(closed).isNotDone();
      finish.countDown();

      assertThat(slow.get(60, TimeUnit.SECONDS).body()).isEqualTo("\"a\"");
      closed.get(60, TimeUnit.SECONDS);
      assertThatThrownBy(server::connect).isInstanceOf(java.net.ConnectException.class);
    } finally {
      server.close();
    }
  }

  @Test
  void closingDoesNotWaitLongerThanItShall() throws Exception {
    TestServer server = new TestServer(router, Duration.ofSeconds(60), SHORT);
    CompletableFuture<HttpResponse<String>> slow = inBackground(server);
    begun.await();
    server.closeServer();

    assertThat(slow).failsWithin(Duration.ofSeconds(60));
    finish.countDown();
    server.close();
  }

  private static CompletableFuture<HttpResponse<String>> inBackground(TestServer server) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return server.post("/slow", "{\"text\":\"a\"}");
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void aPortThatIsTakenIsAClearError() {
    try (TestServer server = new TestServer(router)) {
      assertThatThrownBy(
              () -> HttpServer.start(HttpServerConfig.at("127.0.0.1", server.port()), router))
          .isInstanceOfSatisfying(
              OmniRunException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION_INVALID))
          .hasMessageContaining("cannot listen on 127.0.0.1 port " + server.port());
    }
  }
}
