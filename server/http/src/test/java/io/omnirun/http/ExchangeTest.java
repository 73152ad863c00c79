package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ExchangeTest {
  private static final byte[] CHUNK = "x".repeat(100_000).getBytes(StandardCharsets.US_ASCII);

  private final CountDownLatch clientGone = new CountDownLatch(1);
  private final CompletableFuture<Throwable> writeFailure = new CompletableFuture<>();
  private final CompletableFuture<Throwable> readFailure = new CompletableFuture<>();
  private final CompletableFuture<Boolean> virtual = new CompletableFuture<>();
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger("io.omnirun");
  private final TestServer server = new TestServer(routes());

  private Router routes() {
    return new Router()
        .add(
            "GET",
            "/bug",
            exchange -> {
              throw new IllegalStateException("a secret of the host");
            })
        .add(
            "GET",
            "/refusal",
            exchange -> {
              throw new OmniRunException(ErrorCode.FILE_NOT_FOUND, "there is no such file");
            })
        .add(
            "GET",
            "/late-refusal",
            exchange ->
                exchange.json(
                    200,
                    json -> {
                      json.writeStartArray();
                      json.writeString("first");
                      throw new OmniRunException(ErrorCode.DISK_FULL, "the disk is full");
                    }))
        .add(
            "GET",
            "/broken",
            exchange ->
                exchange.stream(
                    200,
                    "text/plain",
                    client -> {
                      client.write(CHUNK);
                      throw new IOException("the source broke");
                    }))
        .add("GET", "/endless", this::writeForEver)
        .add("POST", "/body", this::readBody)
        .add("GET", "/silent", exchange -> {})
        .add(
            "GET",
            "/thread",
            exchange -> {
              virtual.complete(Thread.currentThread().isVirtual());
              exchange.empty(204);
            });
  }

  private void writeForEver(Exchange exchange) throws IOException {
    exchange.stream(
        200,
        "text/plain",
        client -> {
          client.write(CHUNK);
          await(clientGone);
          try {
            while (true) {
              client.write(CHUNK);
            }
          } catch (IOException e) {
            writeFailure.complete(e);
            throw e;
          }
        });
  }

  private void readBody(Exchange exchange) throws IOException {
    try {
      exchange.body(10).readAllBytes();
    } catch (IOException e) {
      readFailure.complete(e);
      throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "a reader's own words", e);
    }
    exchange.empty(204);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void watchTheLog() {
    root.setLevel(Level.INFO);
    logged.start();
    root.addAppender(logged);
  }

  @AfterEach
  void closeServer() {
    server.close();
    root.detachAppender(logged);
    root.setLevel(null);
  }

  @Test
  void aFaultIsAnsweredInGeneralWordsAndLoggedWithItsCause() throws Exception {
    HttpResponse<String> answer = server.send("GET", "/bug");

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).contains("\"code\":\"internal\"").doesNotContain("secret");
    assertThat(logged.list)
        .anySatisfy(
            event -> {
              assertThat(event.getLevel()).isEqualTo(Level.ERROR);
              assertThat(event.getThrowableProxy().getMessage()).isEqualTo("a secret of the host");
            });
  }

  @Test
  void aHandlerThatDoesNotAnswerIsAFault() throws Exception {
    assertThat(server.send("GET", "/silent").statusCode()).isEqualTo(500);
  }

  @Test
  void aRefusalHasTheStatusAndWordsOfItsCode() throws Exception {
    HttpResponse<String> answer = server.send("GET", "/refusal");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body())
        .isEqualTo(
            "{\"error\":\"there is no such file\",\"message\":\"there is no such file\","
                + "\"code\":\"file_not_found\"}");
  }

  @Test
  void aRefusalReplacesAnAnswerOfWhichNothingIsSent() throws Exception {
    HttpResponse<String> answer = server.send("GET", "/late-refusal");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).startsWith("{\"error\"").doesNotContain("first");
  }

  @Test
  void aFailureInTheMiddleOfAnAnswerBreaksTheConnection() {
    assertThatThrownBy(() -> server.send("GET", "/broken")).isInstanceOf(IOException.class);
  }

  @Test
  void aClientThatGoesAwayEndsItsAnswerWithoutAStackTrace() throws Exception {
    RawConnection connection = server.connect();
    connection.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").readAnswer();
    connection.reset();
    clientGone.countDown();

    assertThat(writeFailure.get(30, TimeUnit.SECONDS)).isInstanceOf(ClientGoneException.class);
    assertNoStackTraceIsLogged();
  }

  @Test
  void aClientThatGoesAwayInItsBodyFailsTheReaderWithoutAStackTrace() throws Exception {
    RawConnection connection = server.connect();
    connection.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1234");
    connection.reset();

    assertThat(readFailure.get(30, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
    assertNoStackTraceIsLogged();
  }

  private void assertNoStackTraceIsLogged() throws Exception {
    assertThat(server.send("GET", "/thread").statusCode()).isEqualTo(204);
    assertThat(logged.list).noneMatch(event -> event.getThrowableProxy() != null);
  }

  @Test
  void whatEndsABodyIsAnsweredWhateverIsWrappedAroundIt() throws Exception {
    HttpRequest chunked =
        HttpRequest.newBuilder(server.uri("/body"))
            .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(CHUNK)))
            .build();

    assertThat(server.send(chunked).statusCode()).isEqualTo(413);
  }

  @Test
  void aClientThatIsStillSendingGetsItsRefusalAndKeepsItsConnection() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(
          "POST /elsewhere HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n"
              + "x".repeat(20_000_000));
      assertThat(connection.readAnswer()).startsWith("HTTP/1.1 404 ");
      connection.send("GET /thread HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(connection.readAnswer()).startsWith("HTTP/1.1 204 ");
    }
  }

  @Test
  void handlersRunOnVirtualThreads() throws Exception {
    server.send("GET", "/thread");

    assertThat(virtual.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void theAccessLogHasNeitherQueryNorHeaders() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(server.uri("/thread?token=omr_in-the-query"))
            .header("X-API-Key", "omr_in-a-header")
            .build();
    server.send(request);
    server.close();

    assertThat(logged.list)
        .anyMatch(event -> event.getFormattedMessage().startsWith("GET /thread 204 "))
        .noneMatch(event -> event.getFormattedMessage().contains("omr_"));
  }

  @Test
  void theServerDoesNotSayWhatItIs() throws Exception {
    assertThat(server.send("GET", "/thread").headers().firstValue("Server")).isEmpty();
  }

  @Test
  void errorsAreToldInTheFormOfTheExchangeWhateverTheyAre() throws Exception {
    ErrorFormat format = (json, status, code, message) -> json.writeString(status + " " + code);
    Router routes =
        new Router()
            .add(
                "POST",
                "/refusal",
                exchange -> {
                  exchange.tellErrorsAs(format);
                  throw new OmniRunException(ErrorCode.FILE_NOT_FOUND, "as told");
                })
            .add(
                "POST",
                "/bug",
                exchange -> {
                  exchange.tellErrorsAs(format);
                  throw new IllegalStateException("as told");
                })
            .add(
                "POST",
                "/body",
                exchange -> {
                  exchange.tellErrorsAs(format);
                  exchange.rawBody(3).readAllBytes();
                });
    try (TestServer other = new TestServer(routes)) {
      assertThat(other.post("/refusal", "").body()).isEqualTo("\"404 FILE_NOT_FOUND\"");
      assertThat(other.post("/bug", "").body()).isEqualTo("\"500 INTERNAL\"");
      assertThat(other.post("/body", "long").body()).isEqualTo("\"413 BODY_TOO_LARGE\"");
    }
  }
}
