package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventStreamTest {
  private static final String GET = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String END_OF_CHUNKS = "\r\n0\r\n\r\n";
  private static final Duration NEVER = Duration.ofDays(1);

  private final CompletableFuture<CompletableFuture<?>> listening = new CompletableFuture<>();

  private static TestServer server(EventSource source, Duration pingInterval) {
    return new TestServer(
        new Router().add("GET", "/events", exchange -> exchange.events(source, pingInterval)));
  }

  /** Says one thing and then waits until nobody listens. */
  private void sayAndWait(EventStream events, CompletableFuture<?> listenerGone)
      throws IOException {
    events.send(json -> json.writeString("said"));
    listening.complete(listenerGone);
    listenerGone.join();
  }

  @Test
  void eventsAreLinesOfJsonAndTheEndIsProper() throws Exception {
    EventSource two =
        (events, gone) -> {
          events.send(json -> json.writeString("a\nb"));
          events.send(json -> json.writeNumber(2));
        };
    try (TestServer server = server(two, NEVER)) {
      var answer = server.send("GET", "/events");
      assertThat(answer.body()).isEqualTo("data: \"a\\nb\"\n\ndata: 2\n\n");
      assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream");
    }
  }

  @Test
  void headComesBeforeTheFirstEvent() throws Exception {
    CountDownLatch headSeen = new CountDownLatch(1);
    EventSource late = (events, gone) -> await(headSeen);
    try (TestServer server = server(late, NEVER);
        RawConnection client = server.connect()) {
      assertThat(client.send(GET).readAnswer()).startsWith("HTTP/1.1 200 ");
      headSeen.countDown();
    }
  }

  @Test
  void connectionServesTheNextRequest() throws Exception {
    try (TestServer server = server((events, gone) -> {}, NEVER);
        RawConnection client = server.connect()) {
      String closing = "GET /events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      assertThat(client.send(GET + closing).readToEnd().split("HTTP/1.1 200 ", -1)).hasSize(3);
    }
  }

  @Test
  void clientHearsSomethingWhileNothingHappens() throws Exception {
    try (TestServer server = server(this::sayAndWait, Duration.ofMillis(10));
        RawConnection client = server.connect()) {
      client.send(GET).readUntil(": ping\n\n");
      client.readUntil(": ping\n\n");
    }
  }

  @Test
  void sourceLearnsThatItsListenerIsGone() throws Exception {
    try (TestServer server = server(this::sayAndWait, NEVER)) {
      RawConnection client = server.connect().send(GET);
      CompletableFuture<?> listenerGone = listening.get();
      assertThat(listenerGone.isDone()).isFalse();
      client.close();
      listenerGone.get();
    }
  }

  @Test
  void pingThatFailsTellsTheSource() throws Exception {
    try (TestServer server = server(this::sayAndWait, Duration.ofMillis(10))) {
      // What comes behind the request ends the watch for a client that hangs up.
      RawConnection client = server.connect().send(GET + "G");
      CompletableFuture<?> listenerGone = listening.get();
      client.reset();
      listenerGone.get();
    }
  }

  @Test
  void stoppingServerCutsAStreamThatNobodyReads() throws Exception {
    CompletableFuture<Exception> ended = new CompletableFuture<>();
    String much = "x".repeat(64 * 1024);
    EventSource flood =
        (events, gone) -> {
          try {
            while (true) {
              events.send(json -> json.writeString(much));
              listening.complete(gone);
            }
          } catch (IOException e) {
            ended.complete(e);
            throw e;
          }
        };
    try (TestServer server = server(flood, NEVER);
        RawConnection _ = server.connect().send(GET)) {
      listening.get();
      server.closeServer();
      assertThat(ended.get()).isInstanceOf(ClientGoneException.class);
    }
  }

  @Test
  void headIsAnsweredWithoutTheSource() throws Exception {
    EventSource unwanted =
        (events, gone) -> {
          throw new IllegalStateException("nobody asked");
        };
    try (TestServer server = server(unwanted, NEVER)) {
      var answer = server.send("HEAD", "/events");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream");
    }
  }

  @Test
  void streamOfAFailedSourceDoesNotLookWhole() throws Exception {
    EventSource broken =
        (events, gone) -> {
          events.send(json -> json.writeString("said"));
          throw new IllegalStateException("as told");
        };
    try (TestServer server = server(broken, NEVER);
        RawConnection client = server.connect()) {
      assertThat(client.send(GET).readToEnd()).contains("said").doesNotEndWith(END_OF_CHUNKS);
    }
  }

  @Test
  void stoppingServerCutsTheStream() throws Exception {
    try (TestServer server = server(this::sayAndWait, NEVER);
        RawConnection client = server.connect().send(GET)) {
      listening.get();
      server.closeServer();
      assertThat(client.readToEnd()).contains("said").doesNotEndWith(END_OF_CHUNKS);
    }
  }

  @Test
  void clientThatReadsNothingDoesNotHoldUpAStoppingServer() throws Exception {
    String piece = "x".repeat(64 * 1024);
    EventSource flood =
        (events, gone) -> {
          listening.complete(gone);
          while (true) {
            events.send(json -> json.writeString(piece));
          }
        };
    try (TestServer server = server(flood, NEVER);
        RawConnection client = server.connect().send(GET)) {
      listening.get();
      long begun = System.nanoTime();
      server.closeServer();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(TestServer.DRAIN_TIMEOUT);
    }
  }

  private static TestServer lateServer(
      Duration pingInterval, Duration patience, LateSource source) {
    return new TestServer(
        new Router()
            .add(
                "GET",
                "/events",
                exchange ->
                    exchange.lateEvents(
                        pingInterval,
                        patience,
                        (events, gone) -> source.sendTo(exchange, events, gone))));
  }

  /** A source that can also answer something else. */
  private interface LateSource {
    void sendTo(Exchange exchange, EventStream events, CompletableFuture<?> listenerGone)
        throws IOException;
  }

  private static void pass(EventStream events, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    events.pass(bytes, 0, bytes.length);
  }

  @Test
  void lateEventsHaveTheirHeadWithTheFirstOne() throws Exception {
    LateSource late =
        (exchange, events, gone) -> {
          exchange.setHeader("x-late", "yes");
          events.beforeFirst(() -> exchange.setHeader("x-later", "yes"));
          pass(events, "data: 1\n\n");
          events.beforeFirst(() -> exchange.setHeader("x-too-late", "yes"));
          assertThat(events.callOff()).isFalse();
          pass(events, ": as it is\n\ndata: 2\r\n\r\n");
        };
    try (TestServer server = lateServer(NEVER, NEVER, late)) {
      var answer = server.send("GET", "/events");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("data: 1\n\n: as it is\n\ndata: 2\r\n\r\n");
      assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream");
      assertThat(answer.headers().firstValue("x-late")).hasValue("yes");
      assertThat(answer.headers().firstValue("x-later")).hasValue("yes");
      assertThat(answer.headers().firstValue("x-too-late")).isEmpty();
    }
  }

  @Test
  void lateEventsThatAreNoneEndProperly() throws Exception {
    try (TestServer server = lateServer(NEVER, NEVER, (exchange, events, gone) -> {})) {
      var answer = server.send("GET", "/events");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEmpty();
    }
  }

  @Test
  void aCommentSaysThatSomethingIsToComeAndThenNothingElseCanBeAnswered() throws Exception {
    CountDownLatch commentSeen = new CountDownLatch(1);
    LateSource late =
        (exchange, events, gone) -> {
          await(commentSeen);
          pass(events, "data: %s\n\n".formatted(events.callOff()));
        };
    try (TestServer server = lateServer(Duration.ofMillis(10), NEVER, late);
        RawConnection client = server.connect().send(GET)) {
      assertThat(client.readUntil(": ping\n\n")).startsWith("HTTP/1.1 200 ");
      commentSeen.countDown();
      client.readUntil("data: false\n\n");
      client.readUntil(END_OF_CHUNKS);
    }
  }

  @Test
  void whatIsCalledOffIsAnsweredOtherwiseWithoutAComment() throws Exception {
    LateSource late =
        (exchange, events, gone) -> {
          assertThat(events.callOff()).isTrue();
          assertThat(events.callOff()).isTrue();
          // Time for comments that must not come.
          LockSupport.parkNanos(Duration.ofMillis(1_500).toNanos());
          exchange.json(418, json -> json.writeString("instead"));
        };
    try (TestServer server = lateServer(Duration.ofSeconds(1), NEVER, late)) {
      var answer = server.send("GET", "/events");
      assertThat(answer.statusCode()).isEqualTo(418);
      assertThat(answer.body()).isEqualTo("\"instead\"");
    }
  }

  @Test
  void whatIsCalledOffCanBecomeAnErrorInTheFormOfTheExchange() throws Exception {
    LateSource late =
        (exchange, events, gone) -> {
          exchange.tellErrorsAs(
              (json, status, code, message) ->
                  json.writeString(status + " " + code + " " + message));
          events.callOff();
          throw new OmniRunException(ErrorCode.FILE_NOT_FOUND, "as told");
        };
    try (TestServer server = lateServer(NEVER, NEVER, late)) {
      var answer = server.send("GET", "/events");
      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(answer.body()).isEqualTo("\"404 FILE_NOT_FOUND as told\"");
      assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    }
  }

  @Test
  void listenerOfLateEventsThatTakesNothingIsCut() throws Exception {
    CompletableFuture<Exception> ended = new CompletableFuture<>();
    String much = "x".repeat(64 * 1024);
    LateSource flood =
        (exchange, events, gone) -> {
          try {
            while (true) {
              pass(events, much);
            }
          } catch (IOException e) {
            ended.complete(e);
            throw e;
          }
        };
    try (TestServer server = lateServer(Duration.ofMillis(10), Duration.ofMillis(200), flood);
        RawConnection _ = server.connect().send(GET)) {
      assertThat(ended.get()).isInstanceOf(ClientGoneException.class);
    }
  }

  @Test
  void sourceOfLateEventsLearnsThatItsListenerIsGone() throws Exception {
    LateSource waiting =
        (exchange, events, gone) -> {
          listening.complete(gone);
          gone.join();
        };
    try (TestServer server = lateServer(NEVER, NEVER, waiting)) {
      RawConnection client = server.connect().send(GET);
      CompletableFuture<?> listenerGone = listening.get();
      client.close();
      listenerGone.get();
    }
  }

  @Test
  void lateEventsOfAFailedSourceDoNotLookWhole() throws Exception {
    LateSource broken =
        (exchange, events, gone) -> {
          pass(events, "data: said\n\n");
          throw new IllegalStateException("as told");
        };
    try (TestServer server = lateServer(NEVER, NEVER, broken);
        RawConnection client = server.connect().send(GET)) {
      assertThat(client.readToEnd()).contains("said").doesNotEndWith(END_OF_CHUNKS);
    }
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
