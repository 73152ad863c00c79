package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class ClientWatchTest {
  private static final String WAIT = "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n";
  private static final String BODY = "{\"text\":\"a\"}";
  private static final String FAST = "GET /fast HTTP/1.1\r\nHost: a\r\n\r\n";

  /** Work that was begun; completing it ends it, as the client's end does. */
  private final BlockingQueue<CompletableFuture<String>> begun = new LinkedBlockingQueue<>();

  /** What the handler saw when its work was over. */
  private final BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();

  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger("io.omnirun");
  private final Router router =
      new Router()
          .add("POST", "/wait", this::waitForWork)
          .add("GET", "/wait", this::waitForWork)
          .add("GET", "/fast", exchange -> exchange.empty(204));

  @BeforeEach
  void listenToTheLog() {
    logged.start();
    root.setLevel(Level.INFO);
    root.addAppender(logged);
  }

  @AfterEach
  void stopListening() {
    root.detachAppender(logged);
  }

  private void waitForWork(Exchange exchange) throws IOException {
    try {
      String suffix =
          exchange.method().equals("GET") ? "" : exchange.readJson().requiredString("text");
      String result = exchange.whileClientWaits(this::work);
      outcomes.add(result);
      exchange.json(200, json -> json.writeString(result + suffix));
    } catch (IOException | RuntimeException e) {
      outcomes.add(e);
      throw e;
    }
  }

  private String work(CompletableFuture<?> clientGone) {
    CompletableFuture<String> work = new CompletableFuture<>();
    clientGone.thenRun(() -> work.completeExceptionally(new IllegalStateException("let go")));
    begun.add(work);
    return work.join();
  }

  private static TestServer server(Router router) {
    return new TestServer(router);
  }

  private void assertClientIsSeenToBeGone() throws Exception {
    assertThat(outcomes.take())
        .isInstanceOfSatisfying(
            ClientGoneException.class, e -> assertThat(e).hasRootCauseMessage("let go"));
  }

  @Test
  void aClientThatHangsUpEndsTheWork() throws Exception {
    try (TestServer server = server(router)) {
      RawConnection client = server.connect().send(WAIT + BODY);
      begun.take();
      client.close();

      assertClientIsSeenToBeGone();
      server.send("GET", "/fast");
      assertThat(logged.list).noneMatch(event -> event.getThrowableProxy() != null);
    }
  }

  @Test
  void soDoesOneWhoseConnectionBreaks() throws Exception {
    try (TestServer server = server(router)) {
      RawConnection client = server.connect().send(WAIT + BODY);
      begun.take();
      client.reset();

      assertClientIsSeenToBeGone();
    }
  }

  @Test
  void oneThatClosesItsDirectionIsCutOff() throws Exception {
    try (TestServer server = server(router);
        RawConnection client = server.connect().send(WAIT + BODY)) {
      begun.take();
      client.finish();

      assertClientIsSeenToBeGone();
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @Test
  void oneThatHangsUpBeforeTheWorkBeginsEndsItToo() throws Exception {
    try (TestServer server = server(router)) {
      server.connect().send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").close();

      assertClientIsSeenToBeGone();
    }
  }

  @Test
  void oneThatWaitsIsAnsweredAndItsConnectionUsedAgain() throws Exception {
    try (TestServer server = server(router);
        RawConnection client = server.connect()) {
      for (int round = 0; round < 200; round++) {
        client.send(WAIT + BODY);
        begun.take().complete("done ");
        assertThat(client.readAnswer()).endsWith("\"done a\"");
      }
      client.send(WAIT + BODY);
      begun.take();
      client.close();
      for (int round = 0; round < 200; round++) {
        assertThat(outcomes.take()).isEqualTo("done ");
      }
      assertClientIsSeenToBeGone();
    }
  }

  @Test
  void aBodyMayComeInPieces() throws Exception {
    String head = "POST /wait HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    try (TestServer server = server(router);
        RawConnection client = server.connect()) {
      client.send(head).send("4\r\n{\"te\r\n").send("8\r\nxt\":\"a\"}\r\n").send("0\r\n\r\n");
      begun.take().complete("done ");
      assertThat(client.readAnswer()).endsWith("\"done a\"");
      client.send(head + "c\r\n" + BODY + "\r\n0\r\n\r\n");
      begun.take();
      client.close();

      assertThat(outcomes.take()).isEqualTo("done ");
      assertClientIsSeenToBeGone();
    }
  }

  @Test
  void theNextRequestMayBeSentWhileThisOneIsWorkedOn() throws Exception {
    try (TestServer server = server(router);
        RawConnection client = server.connect()) {
      for (int round = 0; round < 200; round++) {
        client.send(WAIT + BODY);
        CompletableFuture<String> work = begun.take();
        client.send(FAST).send(WAIT).send(BODY);
        work.complete("done ");
        assertThat(client.readAnswer()).endsWith("\"done a\"");
        assertThat(client.readAnswer()).startsWith("HTTP/1.1 204 ");
        begun.take().complete("again ");
        assertThat(client.readAnswer()).endsWith("\"again a\"");
      }
    }
  }

  @Test
  void orTogetherWithIt() throws Exception {
    try (TestServer server = server(router);
        RawConnection client = server.connect()) {
      client.send(WAIT + BODY + FAST + WAIT + BODY);
      begun.take().complete("done ");
      assertThat(client.readAnswer()).endsWith("\"done a\"");
      assertThat(client.readAnswer()).startsWith("HTTP/1.1 204 ");
      begun.take();
      client.close();

      assertThat(outcomes.take()).isEqualTo("done ");
      assertClientIsSeenToBeGone();
    }
  }

  @Test
  void silenceIsNotTheEnd() throws Exception {
    try (TestServer server =
            new TestServer(router, Duration.ofMillis(200), Duration.ofSeconds(30));
        RawConnection client = server.connect().send(WAIT + BODY)) {
      CompletableFuture<String> work = begun.take();
      // Idle connections, one after the other, have run into the time-out meanwhile.
      for (int i = 0; i < 3; i++) {
        try (RawConnection idle = server.connect()) {
          assertThat(idle.readToEnd()).doesNotContain("200");
        }
      }
      work.complete("done ");

      assertThat(client.readAnswer()).endsWith("\"done a\"");
    }
  }

  @Test
  void aServerThatStopsEndsTheWork() throws Exception {
    TestServer server = new TestServer(router, Duration.ofSeconds(60), Duration.ofMillis(200));
    CompletableFuture<HttpResponse<String>> answer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return server.post("/wait", BODY);
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    begun.take();
    server.closeServer();

    assertClientIsSeenToBeGone();
    assertThat(answer).failsWithin(60, TimeUnit.SECONDS);
    server.close();
  }
}
