package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server whose clients our own side introduces. */
@Timeout(60)
class LocalServerTest {
  private static final int LARGE = 3_000_000;
  private static final String WHO = "GET /who HTTP/1.1\r\nHost: a\r\n";
  private static final String LAST = "Connection: close\r\n\r\n";

  @TempDir Path folder;

  private final CompletableFuture<Void> begun = new CompletableFuture<>();
  private final CompletableFuture<Void> seenGone = new CompletableFuture<>();
  private Path socket;
  private HttpServer server;

  @BeforeEach
  void startServer() {
    socket = folder.resolve("local.sock");
    server =
        HttpServer.startLocal(
            new LocalServerConfig(socket, Duration.ofSeconds(30), Duration.ofMillis(100)),
            new Router()
                .add("GET", "/who", LocalServerTest::who)
                .add("GET", "/wait", this::waitForEnd)
                .add("GET", "/large", LocalServerTest::large),
            (method, route, status) -> {});
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private static void who(Exchange exchange) throws IOException {
    exchange.json(
        200, json -> json.writeString(exchange.introducedAs().orElse("nobody") + " is there"));
  }

  private void waitForEnd(Exchange exchange) throws IOException {
    exchange.whileClientWaits(
        clientGone -> {
          begun.complete(null);
          clientGone.join();
          seenGone.complete(null);
          return "";
        });
  }

  private static void large(Exchange exchange) throws IOException {
    exchange.json(200, json -> json.writeString("x".repeat(LARGE)));
  }

  private SocketChannel connect(String name) throws IOException {
    return Introduction.connect(socket, name);
  }

  private static void send(SocketChannel client, String text) throws IOException {
    ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text);
    while (bytes.hasRemaining()) {
      client.write(bytes);
    }
  }

  private static String readAll(SocketChannel client) throws IOException {
    return new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void whoWasIntroducedIsKnownInEveryRequestOfTheConnection() throws Exception {
    try (SocketChannel client = connect("m-1")) {
      send(client, WHO + "\r\n" + WHO + LAST);
      assertThat(readAll(client).split("m-1 is there", -1)).hasSize(3);
    }
  }

  @Test
  void nobodyGetsInWithoutAnIntroduction() throws Exception {
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      send(client, WHO + LAST);
      assertThat(readAll(client)).doesNotContain("is there");
    }
  }

  @Test
  void aClientCannotIntroduceItselfAnew() throws Exception {
    for (String second : List.of("PROXY TCP4 127.0.0.2 127.0.0.1 1 1\r\n", header("m-2"))) {
      try (SocketChannel client = connect("m-1")) {
        send(client, second + WHO + LAST);
        assertThat(readAll(client)).startsWith("HTTP/1.1 400").doesNotContain("is there");
      }
    }
  }

  /** What {@link Introduction} writes, as a client could. */
  private static String header(String name) {
    return "\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u0012"
        + "\u007f\0\0\u0001\u007f\0\0\u0001\0\0\0\0x\0\u0003"
        + name;
  }

  @Test
  void onAServerThatAnybodyReachesNobodyIsIntroduced() throws Exception {
    try (TestServer open = new TestServer(new Router().add("GET", "/who", LocalServerTest::who));
        RawConnection client = open.connect()) {
      assertThat(open.send("GET", "/who").body()).contains("nobody is there");
      client.send("PROXY TCP4 127.0.0.2 127.0.0.1 1 1\r\n" + WHO + LAST);
      assertThat(client.readToEnd()).doesNotContain("is there");
    }
  }

  @Test
  void aClientThatHangsUpIsNoticed() throws Exception {
    try (SocketChannel client = connect("m-1")) {
      send(client, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
      begun.get(30, TimeUnit.SECONDS);
    }
    seenGone.get(30, TimeUnit.SECONDS);
  }

  @Test
  void aLargeAnswerComesWhole() throws Exception {
    try (SocketChannel client = connect("m-1")) {
      send(client, "GET /large HTTP/1.1\r\nHost: a\r\n" + LAST);
      assertThat(readAll(client)).contains("x".repeat(LARGE));
    }
  }

  @Test
  void theSocketIsForItsOwnerAloneAndGoneAfterwards() throws Exception {
    assertThat(Files.getPosixFilePermissions(socket))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    server.close();
    assertThat(socket).doesNotExist();
  }

  @Test
  void aSocketThatWasLeftIsReplaced() throws Exception {
    Path left = Files.createFile(folder.resolve("left.sock"));
    try (HttpServer another =
            HttpServer.startLocal(
                LocalServerConfig.at(left),
                new Router().add("GET", "/who", LocalServerTest::who),
                (method, route, status) -> {});
        SocketChannel client = Introduction.connect(left, "m-3")) {
      assertThat(another.port()).isZero();
      send(client, WHO + LAST);
      assertThat(readAll(client)).contains("m-3 is there");
    }
  }
}
