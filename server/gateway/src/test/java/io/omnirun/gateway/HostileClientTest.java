package io.omnirun.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that do not keep to HTTP, or want what they should not get. */
@Timeout(120)
class HostileClientTest {
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = new GatewayFixture();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    await().until(() -> fixture.directory.uses() == 0);
    fixture.close();
  }

  private String ask(String request) throws IOException {
    try (RawClient client = fixture.client()) {
      return client.send(request).readUntil("\r\n\r\n");
    }
  }

  static Stream<Arguments> smuggled() {
    String post = "POST / HTTP/1.1\r\nHost: %s\r\n";
    String chunks = post + "Transfer-Encoding: chunked\r\n\r\n";
    return Stream.of(
        Arguments.of(
            "both lengths",
            post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX"),
        Arguments.of("two lengths", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        Arguments.of("a list of lengths", post + "Content-Length: 1, 2\r\n\r\nab"),
        Arguments.of("a signed length", post + "Content-Length: +1\r\n\r\na"),
        Arguments.of("a folded header", post + "X: a\r\n b\r\n\r\n"),
        Arguments.of("a space before the colon", post + "Transfer-Encoding : chunked\r\n\r\n"),
        Arguments.of("a bare line feed", "GET / HTTP/1.1\nHost: %s\n\n"),
        Arguments.of("a bare carriage return", post + "X: a\rb\r\n\r\n"),
        Arguments.of("two hosts", post + "Host: other\r\n\r\n"),
        Arguments.of("another authority", "GET http://other/ HTTP/1.1\r\nHost: %s\r\n\r\n"),
        Arguments.of("another coding", post + "Transfer-Encoding: xchunked\r\n\r\n"),
        Arguments.of("a coding behind chunked", post + "Transfer-Encoding: chunked, gzip\r\n\r\n"),
        Arguments.of(
            "a coding before chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            "two headers of codings",
            post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            "chunked twice",
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            "chunks in HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            "a byte that is not ASCII in the target", "GET /\u00e9 HTTP/1.1\r\nHost: %s\r\n\r\n"),
        Arguments.of(
            "a byte that is not ASCII in the query", "GET /?\u00ff HTTP/1.1\r\nHost: %s\r\n\r\n"),
        Arguments.of("a NUL", post + "X: a\u0000b\r\n\r\n"),
        Arguments.of(
            "a control character in the target", "GET /\u0001 HTTP/1.1\r\nHost: %s\r\n\r\n"),
        Arguments.of("a fragment", "GET /#a HTTP/1.1\r\nHost: %s\r\n\r\n"),
        Arguments.of(
            "an upgrade with a body",
            "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Content-Length: 5\r\n\r\nhello"),
        Arguments.of("a chunk of no size", chunks + "x\r\n"),
        Arguments.of("a chunk with a bare line feed", chunks + "5\nhello\n0\n\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("smuggled")
  void whatCanBeReadInTwoWaysIsNotAnswered(String what, String request) throws IOException {
    fixture.guest.behave(
        visit -> {
          if (visit.readHead()) {
            visit.input().readAllBytes();
          }
        });
    String seen;
    try (RawClient client = fixture.client()) {
      seen = client.send(request.formatted(fixture.host())).readHeadOrEnd();
    }
    assertThat(seen)
        .satisfiesAnyOf(
            it -> assertThat(it).startsWith("HTTP/1.1 4"),
            it -> assertThat(it).startsWith("HTTP/1.1 501"),
            it -> assertThat(it).isEmpty());
  }

  @Test
  void aBodyThatTheGuestIgnoresIsNotTheRequestOfTheNextVisitor() throws IOException {
    String answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
    String smuggled = "GET /evil HTTP/1.1\r\nHost: x\r\n\r\n";
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          if (fixture.guest.connections() == 1) {
            visit.readHead();
          }
          visit.send(answer + "fine");
          if (visit.readHead()) {
            visit.send(answer + "evil");
          }
        });
    try (RawClient client = fixture.client()) {
      String post = "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s";
      client.send(post.formatted(fixture.host(), smuggled.length(), smuggled));
      assertThat(client.readAnswer()).endsWith("fine");
      assertThat(client.send(fixture.get("/own", "")).readAnswer()).endsWith("fine");
    }
  }

  @Test
  void aChunksExtensionsAreNotPassedOn() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          byte[] body = visit.input().readNBytes("5\r\nhello\r\n0\r\n\r\n".length());
          visit.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
          visit.socket().getOutputStream().write(body);
        });
    try (RawClient client = fixture.client()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\n\r\n"
              .formatted(fixture.host()));
      assertThat(client.readAnswer()).endsWith("\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void methodsForProxiesAreRefused(String request) throws IOException {
    assertThat(ask(request.formatted(fixture.host()))).matches("(?s)HTTP/1.1 4\\d\\d .*");
    assertThat(fixture.guest.requests()).isZero();
  }

  static Stream<String> methods() {
    return Stream.of(
        "TRACE / HTTP/1.1\r\nHost: %s\r\n\r\n",
        "CONNECT %1$s:80 HTTP/1.1\r\nHost: %1$s:80\r\n\r\n");
  }

  @Test
  void hostNamesAreReadAsBrowsersMeanThem() throws IOException {
    String id = fixture.sandbox.value();
    String bare = id.replace("_", "");
    for (String host :
        List.of(
            id + "-3000.localhost",
            id.toUpperCase() + "-3000.LocalHost",
            id + "-3000.localhost.",
            id + "-3000.localhost:8080",
            id + "-3000.localhost.:8080",
            "3000-" + bare + ".localhost")) {
      assertThat(ask("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")).as(host).contains(" 200 ");
    }
    for (String host :
        List.of(
            id + "-3001.localhost",
            id + "-0.localhost",
            id + "-03000.localhost",
            id + "-70000.localhost",
            "a." + id + "-3000.localhost",
            "-.localhost",
            "a".repeat(300) + ".localhost")) {
      assertThat(ask("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")).as(host).contains(" 404 ");
    }
    for (String host : List.of("a b.localhost", "x.localhost:port", "x.localhost/y")) {
      assertThat(ask("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")).as(host).contains(" 400 ");
    }
  }

  @Test
  void headersOfAMegabyteAreRefused() throws IOException {
    assertThat(ask(fixture.get("/", "X: " + "a".repeat(20_000) + "\r\n"))).contains(" 431 ");
  }

  @Test
  void leavingAtEveryByteLeavesNothingBehind() throws IOException {
    String whole =
        "POST /x HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\n\r\nhello".formatted(fixture.host());
    for (int length = 0; length <= whole.length(); length++) {
      try (RawClient client = fixture.client()) {
        client.send(whole.substring(0, length));
      }
    }
    await().until(() -> fixture.directory.uses() == 0);
    assertThat(ask(fixture.get("/", ""))).contains(" 200 ");
  }

  @Test
  void oneSandboxTakesSoManyRequestsAtATimeAndNoMore() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.awaitEnd();
        });
    List<RawClient> waiting = new ArrayList<>();
    try {
      for (int i = 0; i < GuestConnections.MAX_OF_MACHINE; i++) {
        waiting.add(fixture.client().send(fixture.get("/", "")));
      }
      await().until(() -> fixture.guest.requests() == GuestConnections.MAX_OF_MACHINE);
      assertThat(ask(fixture.get("/", ""))).contains(" 429 ").contains("Retry-After");
      assertThat(fixture.guest.connections()).isEqualTo(GuestConnections.MAX_OF_MACHINE);
    } finally {
      for (RawClient client : waiting) {
        client.close();
      }
    }
  }

  @Test
  @Tag("long")
  void tenThousandIdleConnectionsAreBounded() throws IOException {
    List<SocketChannel> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 10_000; i++) {
        SocketChannel channel = SocketChannel.open();
        idle.add(channel);
        // Those that the server does not take wait in the kernel.
        channel.configureBlocking(false);
        channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), fixture.port()));
      }
      Runtime.getRuntime().gc();
      long used = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
      assertThat(used).isLessThan(256L * 1024 * 1024);
    } finally {
      for (SocketChannel channel : idle) {
        channel.close();
      }
    }
    await().untilAsserted(() -> assertThat(ask(fixture.get("/", ""))).contains(" 200 "));
  }
}
