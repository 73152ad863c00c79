package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WebSocketTest {
  private static final Duration NEVER = Duration.ofDays(1);
  private static final byte[] PIECE = new byte[64 * 1024];

  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private final CompletableFuture<WebSocketPeer> met = new CompletableFuture<>();

  /** What a talk says. */
  private interface Script {
    void say(WebSocketPeer peer) throws Exception;
  }

  private final class Talk implements WebSocketTalk {
    private final Script script;

    Talk(Script script) {
      this.script = script;
    }

    @Override
    public void talk(WebSocketPeer client) {
      met.complete(client);
      try {
        script.say(client);
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      closed.complete(null);
    }
  }

  /** A client that notes in words what it hears. */
  private static final class Ear implements WebSocket.Listener {
    final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      heard.add("text " + data);
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      heard.add("bytes " + StandardCharsets.UTF_8.decode(data));
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
      heard.add("ping");
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      heard.add("closed " + status + " " + reason);
      return CompletableFuture.completedStage(null);
    }

    String next() throws InterruptedException {
      return String.valueOf(heard.poll(30, TimeUnit.SECONDS));
    }
  }

  private TestServer server(Script script, Duration pingInterval) {
    return new TestServer(
        new Router()
            .add(
                "GET",
                "/ws",
                exchange -> exchange.webSocket(Optional.of("b"), new Talk(script), pingInterval)));
  }

  private static WebSocket connect(TestServer server, Ear ear) {
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .subprotocols("a", "b")
        .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + "/ws"), ear)
        .join();
  }

  @Test
  void messagesGoBothWaysAndTheEndIsProper() throws Exception {
    Script echo =
        peer -> {
          while (true) {
            switch (peer.receive().orElseThrow()) {
              case SocketMessage.Binary bytes -> peer.send(ByteBuffer.wrap(bytes.bytes()));
              case SocketMessage.Text text -> {
                String said = text.fields().requiredString("say");
                peer.send(json -> json.writeString(said));
                return;
              }
            }
          }
        };
    Ear ear = new Ear();
    try (TestServer server = server(echo, NEVER)) {
      WebSocket socket = connect(server, ear);
      assertThat(socket.getSubprotocol()).isEqualTo("b");
      for (String said : new String[] {"ä", "", "c"}) {
        socket.sendBinary(StandardCharsets.UTF_8.encode(said), true).join();
        assertThat(ear.next()).isEqualTo("bytes " + said);
      }
      socket.sendText("{\"say\":\"bye\"}", true).join();
      assertThat(ear.next()).isEqualTo("text \"bye\"");
      assertThat(ear.next()).startsWith("closed 1000 ");
      closed.get();
    }
  }

  @Test
  void talkLearnsThatItsClientHasGone() throws Exception {
    try (TestServer server = server(peer -> peer.gone().join(), NEVER)) {
      connect(server, new Ear()).abort();
      closed.get();
    }
  }

  @Test
  void failedTalkClosesAsBroken() throws Exception {
    Ear ear = new Ear();
    try (TestServer server =
        server(
            peer -> {
              throw new IllegalStateException("as told");
            },
            NEVER)) {
      connect(server, ear);
      assertThat(ear.next()).isEqualTo("closed 1011 the connection to the sandbox was lost");
      closed.get();
    }
  }

  @Test
  void talkThatFailsWithACodeNamesItAsItCloses() throws Exception {
    Ear ear = new Ear();
    try (TestServer server =
        server(
            peer -> {
              throw new OmniRunException(ErrorCode.SANDBOX_PAUSED, "as told");
            },
            NEVER)) {
      connect(server, ear);
      assertThat(ear.next()).isEqualTo("closed 1011 sandbox_paused");
      closed.get();
    }
  }

  @Test
  void stoppingServerSaysSo() throws Exception {
    Ear ear = new Ear();
    try (TestServer server = server(peer -> peer.gone().join(), NEVER)) {
      connect(server, ear);
      met.get();
      server.closeServer();
      assertThat(closed).isDone();
      assertThat(ear.next()).startsWith("closed 1001 ");
    }
  }

  @Test
  void clientIsAskedWhetherItIsThereAndGivenUpIfItDoesNotAnswer() throws Exception {
    try (TestServer server = server(peer -> peer.gone().join(), Duration.ofMillis(50))) {
      Ear ear = new Ear();
      connect(server, ear);
      for (int i = 0; i < 10; i++) {
        assertThat(ear.next()).isEqualTo("ping");
      }
      assertThat(closed).isNotDone();
    }
  }

  @Test
  void clientThatAnswersNoPingIsGivenUp() throws Exception {
    try (TestServer server = server(peer -> peer.gone().join(), Duration.ofMillis(50));
        RawConnection mute = server.connect()) {
      mute.send(
          "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: b\r\n"
              + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
      closed.get();
    }
  }

  @Test
  void clientThatReadsNothingHoldsAStoppingServerUpForSecondsOnly() throws Exception {
    Script flood =
        peer -> {
          while (true) {
            peer.send(ByteBuffer.wrap(PIECE));
          }
        };
    try (TestServer server = server(flood, NEVER);
        RawConnection mute = server.connect()) {
      mute.send(
          "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: b\r\n"
              + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
      met.get();
      server.closeServer();
      assertThat(closed).isDone();
    }
  }

  @Test
  void requestThatAsksForNoWebSocketIsRefusedAndTheTalkClosed() throws Exception {
    try (TestServer server = server(peer -> {}, NEVER)) {
      assertThat(server.send("GET", "/ws").statusCode()).isEqualTo(400);
      closed.get();
      assertThat(server.send("HEAD", "/ws").statusCode()).isEqualTo(400);
    }
  }

  @Test
  void messageOfTooManyBytesEndsTheSocket() throws Exception {
    Ear ear = new Ear();
    try (TestServer server = server(peer -> peer.gone().join(), NEVER)) {
      connect(server, ear)
          .sendBinary(ByteBuffer.allocate(WebSockets.MAX_MESSAGE_BYTES + 1), true)
          .exceptionally(cut -> null)
          .join();
      closed.get();
      assertThat(ear.next()).startsWith("closed 1009 ");
    }
  }
}
