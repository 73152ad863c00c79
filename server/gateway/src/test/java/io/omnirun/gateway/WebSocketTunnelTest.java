package io.omnirun.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class WebSocketTunnelTest {
  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
  private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  private static final String ASK =
      "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: "
          + KEY
          + "\r\n";
  private static final String AGREE =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Accept: "
          + ACCEPT
          + "\r\n\r\n";

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

  private static void echo(StandInGuest.Visit visit) throws IOException {
    visit.readHead();
    visit.send(AGREE + "early");
    visit.input().transferTo(visit.socket().getOutputStream());
  }

  @Test
  void bytesGoBothWaysBehindTheHandshake() throws IOException {
    fixture.guest.behave(WebSocketTunnelTest::echo);
    try (RawClient client = fixture.client()) {
      client.send(fixture.get("/socket", ASK) + "frame1");
      assertThat(client.readUntil("\r\n\r\n"))
          .startsWith("HTTP/1.1 101 ")
          .contains("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Accept: " + ACCEPT);
      client.readUntil("earlyframe1");
      client.send("frame2").readUntil("frame2");
      assertThat(fixture.guest.nextHead())
          .contains("Connection: Upgrade\r\nUpgrade: websocket\r\n", "Sec-WebSocket-Key: " + KEY);
    }
  }

  @Test
  void eitherSidesEndIsTheOthers() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send(AGREE);
          visit.awaitEnd();
          ended.countDown();
        });
    try (RawClient client = fixture.client()) {
      client.send(fixture.get("/", ASK)).readUntil("\r\n\r\n");
    }
    ended.await();
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send(AGREE + "bye");
        });
    try (RawClient client = fixture.client()) {
      assertThat(client.send(fixture.get("/", ASK)).readToEnd()).endsWith("bye");
    }
  }

  @Test
  void aWrongAgreementIsAPage() throws IOException {
    for (String answer :
        new String[] {
          AGREE.replace(ACCEPT, "x"),
          AGREE.replace("Upgrade: websocket", "Upgrade: h2c"),
          AGREE.replace("Connection: Upgrade\r\n", ""),
          AGREE.replace("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\n")
        }) {
      fixture.guest.behave(
          visit -> {
            visit.readHead();
            visit.send(answer);
          });
      try (RawClient client = fixture.client()) {
        assertThat(client.send(fixture.get("/", ASK)).readAnswer()).startsWith("HTTP/1.1 502 ");
      }
    }
  }

  @Test
  void aRefusedUpgradeIsAnAnswerLikeOthers() throws IOException {
    fixture.guest.behave(
        StandInGuest.always("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno"));
    try (RawClient client = fixture.client()) {
      assertThat(client.send(fixture.get("/", ASK)).readAnswer())
          .startsWith("HTTP/1.1 426 ")
          .endsWith("no");
    }
  }

  @Test
  void aConnectionHeaderMayComeInParts() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          visit.send(
              AGREE.replace("Connection:", "Connection: keep-alive\r\nConnection:") + "early");
          visit.awaitEnd();
        });
    try (RawClient client = fixture.client()) {
      client.send(
          fixture.get(
              "/", ASK.replace("keep-alive, Upgrade", "keep-alive\r\nConnection: Upgrade")));
      client.readUntil("early");
    }
  }

  @Test
  void http2IsNoUpgrade() throws IOException {
    try (RawClient client = fixture.client()) {
      client.send(
          fixture.get(
              "/",
              "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"));
      assertThat(client.readAnswer()).startsWith("HTTP/1.1 200 ");
      assertThat(fixture.guest.nextHead()).doesNotContainIgnoringCase("h2c", "http2");
    }
  }

  @Test
  void aSilentTunnelIsEnded() throws IOException {
    fixture.close();
    fixture = GatewayFixture.impatient(Duration.ofSeconds(1));
    fixture.guest.behave(WebSocketTunnelTest::echo);
    try (RawClient client = fixture.client()) {
      client.send(fixture.get("/", ASK)).readUntil("early");
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void aTunnelEndsWhenItsNameMeansAnotherMachine() throws IOException {
    fixture.guest.behave(WebSocketTunnelTest::echo);
    try (RawClient client = fixture.client()) {
      client.send(fixture.get("/", ASK)).readUntil("early");
      fixture.directory.put(
          fixture.name,
          FakeDirectory.target(fixture.sandbox, GatewayFixture.PORT),
          fixture.guest::dial);
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  @Tag("long")
  void aMessageOfAGigabyteGoesThroughWithoutStaying() throws Exception {
    long bytes = 1L << 30;
    fixture.guest.behave(WebSocketTunnelTest::echo);
    try (RawClient client = fixture.client()) {
      client.send(fixture.get("/", ASK)).readUntil("early");
      Thread sender =
          Thread.ofPlatform()
              .start(
                  () -> {
                    byte[] piece = new byte[1 << 20];
                    try {
                      for (long left = bytes; left > 0; left -= piece.length) {
                        client.output().write(piece);
                      }
                    } catch (IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      long most = 0;
      byte[] piece = new byte[1 << 20];
      for (long left = bytes; left > 0; ) {
        left -= client.input().readNBytes(piece, 0, piece.length);
        most =
            Math.max(most, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
      }
      sender.join();
      assertThat(most).isLessThan(400L << 20);
    }
  }
}
