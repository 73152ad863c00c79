package io.omnirun.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Guests' servers that do not keep to HTTP: a page, a cut connection, and never more memory. */
@Timeout(120)
class HostileGuestTest {
  private static final String GOOD =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

  private static final String CHUNKED =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = GatewayFixture.impatient(Duration.ofSeconds(2));
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    await().until(() -> fixture.directory.uses() == 0);
    fixture.close();
  }

  private String askedOnce(String answer) throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send(answer);
        });
    return ask();
  }

  private String ask() throws IOException {
    try (RawClient client = fixture.client()) {
      return client.send(fixture.get("/", "Connection: close\r\n")).readToEnd();
    }
  }

  static Stream<Arguments> wrongHeads() {
    String ok = "HTTP/1.1 200 OK\r\n";
    return Stream.of(
        Arguments.of("nothing", ""),
        Arguments.of("no HTTP", "hello\r\n\r\n"),
        Arguments.of("another protocol", "SSH-2.0-OpenSSH_9\r\n"),
        Arguments.of("a version that is none", "HTTP/9.9 200 OK\r\n\r\n"),
        Arguments.of("a status that is none", "HTTP/1.1 abc OK\r\n\r\n"),
        Arguments.of("a status too high", "HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n"),
        Arguments.of("half a head", ok + "Content-Le"),
        Arguments.of("a bare line feed", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
        Arguments.of("a folded header", ok + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
        Arguments.of("a header without a colon", ok + "X\r\nContent-Length: 0\r\n\r\n"),
        Arguments.of("a space before the colon", ok + "X : a\r\nContent-Length: 0\r\n\r\n"),
        Arguments.of("a NUL", ok + "X: a\u0000b\r\nContent-Length: 0\r\n\r\n"),
        Arguments.of("two lengths", ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        Arguments.of("a negative length", ok + "Content-Length: -1\r\n\r\n"),
        Arguments.of("a length of letters", ok + "Content-Length: x\r\n\r\n"),
        Arguments.of(
            "a length of 30 digits", ok + "Content-Length: " + "9".repeat(30) + "\r\n\r\n"),
        Arguments.of(
            "a length and chunks",
            ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            "another transfer coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        Arguments.of("an unasked switch", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"),
        Arguments.of(
            "1 MB of headers", ok + ("X-A: " + "a".repeat(1000) + "\r\n").repeat(1000) + "\r\n"),
        Arguments.of("one header of 1 MB", ok + "X-A: " + "a".repeat(1_000_000) + "\r\n\r\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongHeads")
  void aWrongHeadIsAPage(String what, String answer) throws IOException {
    assertThat(askedOnce(answer)).startsWith("HTTP/1.1 502 ").contains("\"code\":\"bad_answer\"");
  }

  static Stream<Arguments> wrongBodies() {
    String chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    return Stream.of(
        Arguments.of("too short", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello"),
        Arguments.of("a chunk of no size", chunks + "5\r\nhello\r\nx\r\n"),
        Arguments.of("a chunk too large to count", chunks + "5\r\nhello\r\n" + "f".repeat(30)),
        Arguments.of("a chunk without its end", chunks + "5\r\nhelloX"),
        Arguments.of("a bare line feed", chunks + "5\nhello\n0\n\n"),
        Arguments.of("no last chunk", chunks + "5\r\nhello\r\n"),
        Arguments.of(
            "endless trailers", chunks + "5\r\nhello\r\n0\r\n" + "X: y\r\n".repeat(1_000_000)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongBodies")
  void aWrongBodyIsCutOrAPageAndNeverLooksWhole(String what, String answer) throws IOException {
    String seen = askedOnce(answer);
    assertThat(seen.startsWith("HTTP/1.1 502 ") || !isWhole(seen)).as(seen).isTrue();
  }

  private static boolean isWhole(String answer) {
    return answer.contains("Content-Length: 500")
        ? answer.endsWith("\r\n\r\n" + "hello".repeat(100))
        : answer.endsWith("\r\n0\r\n\r\n");
  }

  @Test
  void closingAtEveryByteIsAPageOrACut() throws IOException {
    for (String whole : new String[] {GOOD, CHUNKED}) {
      for (int length = 0; length < whole.length(); length++) {
        String sent = whole.substring(0, length);
        String seen = askedOnce(sent);
        // Behind the last chunk's line nothing is missing but an empty line.
        boolean hasAll = sent.endsWith("\r\n0\r\n") || sent.endsWith("\r\n0\r\n\r");
        boolean isPage = seen.startsWith("HTTP/1.1 502 ");
        boolean isCut = !seen.endsWith("\r\n\r\nhello") && !seen.endsWith("\r\n0\r\n\r\n");
        assertThat(isPage || isCut || hasAll).as("%d bytes: %s", length, seen).isTrue();
      }
      String answer = askedOnce(whole);
      assertThat(answer).startsWith("HTTP/1.1 200 ");
      assertThat(answer.contains("chunked") ? chunksOf(answer) : answer).endsWith("hello");
    }
  }

  @Test
  void interimAnswersHaveAnEnd() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          while (true) {
            visit.send("HTTP/1.1 103 Early Hints\r\n\r\n");
          }
        });
    assertThat(ask()).startsWith("HTTP/1.1 502 ");
  }

  @Test
  void aDripOfOneByteAtATimeIsReadToItsEnd() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          for (char letter : CHUNKED.toCharArray()) {
            visit.send(String.valueOf(letter));
          }
        });
    String answer = ask();
    assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("0\r\n\r\n");
    assertThat(chunksOf(answer)).isEqualTo("hello");
  }

  /** What the chunks of an answer hold: where they begin and end is the network's affair. */
  private static String chunksOf(String answer) {
    String[] lines = answer.substring(answer.indexOf("\r\n\r\n") + 4).split("\r\n");
    StringBuilder body = new StringBuilder();
    for (int line = 1; line < lines.length; line += 2) {
      body.append(lines[line]);
    }
    return body.toString();
  }

  @Test
  void silenceIsAPageBeforeTheHeadAndACutBehindIt() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.awaitEnd();
        });
    assertThat(ask()).startsWith("HTTP/1.1 504 ");
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello");
          visit.awaitEnd();
        });
    assertThat(ask()).endsWith("\r\n\r\nhello");
  }

  @Test
  void whatComesBehindAnAnswerIsNobodys() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send(GOOD + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
          visit.awaitEnd();
        });
    for (int i = 0; i < 5; i++) {
      assertThat(ask()).endsWith("hello");
    }
  }

  @Test
  void whatComesOnAnIdleConnectionIsNobodys() throws Exception {
    Semaphore sent = new Semaphore(0);
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send(GOOD);
          visit.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
          sent.release();
          visit.awaitEnd();
        });
    for (int i = 0; i < 5; i++) {
      assertThat(ask()).endsWith("hello");
      sent.acquire();
    }
  }

  @Test
  void aBodyBehindAnAnswerThatHasNoneIsNobodys() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello");
          visit.awaitEnd();
        });
    assertThat(ask()).startsWith("HTTP/1.1 204 ").endsWith("\r\n\r\n").doesNotContain("hello");
  }

  @Test
  void anEndlessAnswerGoesThroughWithoutStaying() throws IOException {
    long bytes = 512L * 1024 * 1024;
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send("HTTP/1.1 200 OK\r\nContent-Length: " + bytes + "\r\n\r\n");
          byte[] piece = new byte[256 * 1024];
          for (long left = bytes; left > 0; left -= piece.length) {
            visit.socket().getOutputStream().write(piece);
          }
        });
    try (RawClient client = fixture.client()) {
      client.send(fixture.get("/", "")).readUntil("\r\n\r\n");
      client.input().skipNBytes(bytes);
    }
  }

  @Test
  void aGuestThatRefusesABodyEarlyIsHeard() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send("HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig");
        });
    try (RawClient client = fixture.client()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: 8000000\r\n\r\n"
              .formatted(fixture.host()));
      client.output().write(new byte[8_000_000]);
      String seen = client.readUntil("\r\n\r\n");
      assertThat(seen)
          .satisfiesAnyOf(
              it -> assertThat(it).startsWith("HTTP/1.1 413 "),
              it -> assertThat(it).startsWith("HTTP/1.1 502 "));
    }
  }
}
