package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpHeadReaderTest {
  @ParameterizedTest
  @CsvSource({
    "'GET / HTTP/1.1|Host: a.example.com', a.example.com",
    "'GET /x?y HTTP/1.0|hOST:  a.example.com:8080 ', a.example.com",
    "'GET http://a.example.com/x HTTP/1.1|Host: a.example.com', a.example.com",
    "'GET HTTP://A.example.com:80 HTTP/1.1|Host: a.EXAMPLE.com:80', a.EXAMPLE.com",
    "'OPTIONS * HTTP/1.1|Host: b', b",
    "'POST / HTTP/1.1|X: 1|Host: b|Content-Length: 5', b",
    "'GET / HTTP/1.0', ''",
    "'GET / HTTP/1.1|Host:', ''",
  })
  void theHostIsRead(String head, String host) {
    Opening opening = read(head);
    assertThat(opening).isInstanceOf(Opening.Complete.class);
    assertThat(((Opening.Complete) opening).serverName().orElse("")).isEqualTo(host);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1|Host: a.b|Host: c.d",
        "GET / HTTP/1.1|Host: a.b|host: a.b",
        "GET / HTTP/1.1|Host: a.b, c.d",
        "GET / HTTP/1.1|Host: a.b c.d",
        "GET / HTTP/1.1|Host: u@a.b",
        "GET / HTTP/1.1|Host : a.b",
        "GET / HTTP/1.1| Host: a.b",
        "GET / HTTP/1.1|X: y| Host: a.b",
        "GET / HTTP/1.1|Host: a.b\n\tc",
        "GET / HTTP/1.1|Host: a.b\rX: y",
        "GET / HTTP/1.1|Host: a.b\u0000",
        "GET http://c.d/ HTTP/1.1|Host: a.b",
        "GET http://c.d/ HTTP/1.1",
        "GET http://a.b@c.d/ HTTP/1.1|Host: a.b",
        "GET https://a.b/ HTTP/1.1|Host: a.b",
        "CONNECT a.b:443 HTTP/1.1|Host: a.b",
        "PRI * HTTP/2.0",
        "GET /",
        "GET  / HTTP/1.1|Host: a.b",
        "GET /\tx HTTP/1.1|Host: a.b",
        "GET / HTTP/1.1 |Host: a.b",
        "GET / HTTP/1.1|no field",
        "GET / HTTP/1.1|Host: [::1]",
        "|GET / HTTP/1.1|Host: a.b",
        "\u0016\u0003\u0001",
      })
  void whatServersReadInDifferentWaysIsRefused(String head) {
    assertThat(read(head)).isInstanceOf(Opening.Malformed.class);
  }

  @Test
  void aHeadThatEndsItsLinesOtherwiseHasNoEnd() {
    ByteBuffer bytes = latin("GET / HTTP/1.1\nHost: a.b\n\n");
    assertThat(new HttpHeadReader().read(bytes)).isInstanceOf(Opening.NeedMore.class);
  }

  /** What a second request would need is taken away, so that none behind the first is read. */
  @Test
  void theRequestIsForwardedAsTheLastOfItsConnection() {
    String head =
        "GET / HTTP/1.1|Connection: keep-alive, Upgrade|Host: a.b|Upgrade: h2c|HTTP2-Settings: AA"
            + "|Keep-Alive: 5|Proxy-Connection: keep-alive|CONNECTION: x|Accept: */*";
    assertThat(forwarded(head))
        .isEqualTo("GET / HTTP/1.1\r\nHost: a.b\r\nAccept: */*\r\nConnection: close\r\n\r\nbody");
  }

  @Test
  void headsAreReadByteByByteAndBounded() {
    byte[] head = latin("GET / HTTP/1.1\r\nHost: a.b\r\n\r\n").array();
    HttpHeadReader reader = new HttpHeadReader();
    for (int i = 0; i < head.length - 1; i++) {
      assertThat(reader.read(ByteBuffer.wrap(head, i, 1))).isInstanceOf(Opening.NeedMore.class);
    }
    assertThat(reader.read(ByteBuffer.wrap(head, head.length - 1, 1)))
        .isInstanceOf(Opening.Complete.class);
    assertThat(read("GET / HTTP/1.1|Host: a.b|X: " + "x".repeat(HttpHeadReader.MAX_HEAD_BYTES)))
        .isInstanceOf(Opening.Malformed.class);
  }

  private static Opening read(String head) {
    return new HttpHeadReader().read(latin(head.replace("|", "\r\n") + "\r\n\r\nbody"));
  }

  private static String forwarded(String head) {
    ByteBuffer forward = ((Opening.Complete) read(head)).forward();
    return StandardCharsets.ISO_8859_1.decode(forward).toString();
  }

  private static ByteBuffer latin(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
