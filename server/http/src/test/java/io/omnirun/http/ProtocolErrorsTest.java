package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProtocolErrorsTest {
  private final AtomicInteger completed = new AtomicInteger();
  private final TestServer server =
      new TestServer(
          new Router()
              .add(
                  "POST",
                  "/echo",
                  exchange -> {
                    String text = exchange.readJson().requiredString("text");
                    completed.incrementAndGet();
                    exchange.json(200, json -> json.writeString(text));
                  }));

  @AfterEach
  void closeServer() {
    server.close();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          no request line at all      | 400 | NONSENSE\\r\\n\\r\\n
          a version that is none      | 400 | GET / HTTP/9.9\\r\\nHost: a\\r\\n\\r\\n
          no host                     | 400 | GET /echo HTTP/1.1\\r\\n\\r\\n
          two hosts                   | 400 | GET /echo HTTP/1.1\\r\\nHost: a\\r\\nHost: b\\r\\n\\r\\n
          a header without a name     | 400 | GET /echo HTTP/1.1\\r\\nHost: a\\r\\n: b\\r\\n\\r\\n
          a folded header             | 400 | GET /echo HTTP/1.1\\r\\nHost: a\\r\\nX: b\\r\\n c\\r\\n\\r\\n
          a space before the colon    | 400 | GET /echo HTTP/1.1\\r\\nHost : a\\r\\n\\r\\n
          two lengths                 | 400 | POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 2\\r\\nContent-Length: 3\\r\\n\\r\\n{}
          length and chunks           | 400 | POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 2\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n
          a negative length           | 400 | POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: -1\\r\\n\\r\\n
          a length that is none       | 400 | POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 1x\\r\\n\\r\\n
          a chunk size that is none   | 400 | POST /echo HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n{}\\r\\n0\\r\\n\\r\\n
          an ambiguous path           | 400 | GET /a/%2e%2e/echo HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
          a path above the root       | 400 | GET /../../etc/passwd HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
          broken percent encoding     | 400 | GET /%zz HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
          an unknown method           | 405 | FROB /echo HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
          a method in lower case      | 405 | post /echo HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
          TRACE                       | 405 | TRACE /echo HTTP/1.1\\r\\nHost: a\\r\\nX-API-Key: k\\r\\n\\r\\n
          """)
  void isAnsweredInJson(String what, int status, String request) throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(request.translateEscapes()).finish();
      String answer = connection.readToEnd();

      assertThat(answer)
          .as(what)
          .startsWith("HTTP/1.1 " + status + " ")
          .contains("Content-Type: application/json")
          .contains("\"error\":\"")
          .contains("\"code\":\"")
          .doesNotContain("Jetty")
          .doesNotContain("Exception");
      assertThat(completed).hasValue(0);
    }
  }

  @Test
  void aConnectionThatIsClosedForARequestIsSaidToBe() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("GET /a/%00 HTTP/1.1\r\nHost: a\r\n\r\n");

      assertThat(connection.readToEnd())
          .startsWith("HTTP/1.1 400 ")
          .containsOnlyOnce("Connection: close\r\n");
    }
  }

  @Test
  void headersThatAreTooLargeAre431() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("GET /echo HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(20_000) + "\r\n\r\n");

      assertThat(connection.finish().readToEnd())
          .startsWith("HTTP/1.1 431 ")
          .contains("16,384 bytes")
          .contains("\"code\":\"invalid_request\"");
    }
  }

  @Test
  void aUrlThatIsTooLongIs414() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: a\r\n\r\n");

      assertThat(connection.finish().readToEnd())
          .startsWith("HTTP/1.1 414 ")
          .contains("\"code\":\"invalid_request\"");
    }
  }

  @Test
  void aBodyShorterThanAnnouncedIsRefused() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection
          .send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{\"text\":\"a\"}")
          .finish();

      assertThat(connection.readToEnd()).startsWith("HTTP/1.1 400 ");
      assertThat(completed).hasValue(0);
    }
  }

  @Test
  void chunkedBodiesAndPipelinedRequestsAreTaken() throws Exception {
    String request =
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "6\r\n{\"text\r\n6\r\n\":\"a\"}\r\n0\r\n\r\n";
    try (RawConnection connection = server.connect()) {
      connection.send(request + request);

      assertThat(connection.readAnswer()).startsWith("HTTP/1.1 200 ").endsWith("\"a\"");
      assertThat(connection.readAnswer()).startsWith("HTTP/1.1 200 ").endsWith("\"a\"");
    }
  }

  @Test
  void whoExpectsContinueIsToldToBeforeOrTheRefusal() throws Exception {
    String head = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n";
    try (RawConnection connection = server.connect()) {
      connection.send(head + "Content-Length: 12\r\n\r\n");
      assertThat(connection.readAnswer()).startsWith("HTTP/1.1 100 ");
      assertThat(connection.send("{\"text\":\"a\"}").readAnswer()).startsWith("HTTP/1.1 200 ");
    }
    try (RawConnection connection = server.connect()) {
      connection.send(head + "Content-Length: 99999999\r\n\r\n");
      assertThat(connection.readAnswer()).startsWith("HTTP/1.1 413 ");
    }
  }
}
