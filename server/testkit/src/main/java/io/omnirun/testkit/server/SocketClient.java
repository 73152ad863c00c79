package io.omnirun.testkit.server;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A client of a terminal's WebSocket that keeps what it is told. */
public final class SocketClient implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 120;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Ear ear = new Ear();
  private final WebSocket socket;

  private static final class Ear implements WebSocket.Listener {
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final List<String> texts = new CopyOnWriteArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      output.writeBytes(bytes);
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        texts.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      closed.complete(status);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.completeExceptionally(error);
    }
  }

  private SocketClient(URI server, String path, WebSocket.Builder builder) {
    socket = builder.buildAsync(URI.create("ws://" + server.getAuthority() + path), ear).join();
  }

  /** Opens a socket with the client's key in a header. The caller closes it. */
  public static SocketClient open(TestServer server, ApiClient client, String path) {
    return new SocketClient(
        server.url(), path, HTTP.newWebSocketBuilder().header("X-API-Key", client.apiKey()));
  }

  /** Opens a socket as a browser can: with subprotocols and no header. The caller closes it. */
  public static SocketClient offering(
      TestServer server, String path, String protocol, String... others) {
    return new SocketClient(
        server.url(), path, HTTP.newWebSocketBuilder().subprotocols(protocol, others));
  }

  /** The subprotocol that the server took. */
  public String protocol() {
    return socket.getSubprotocol();
  }

  /** Sends a binary message. */
  public void send(byte[] bytes) {
    socket.sendBinary(ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length)), true).join();
  }

  /** Sends a text message. */
  public void send(String text) {
    socket.sendText(text, true).join();
  }

  /** All binary messages so far, as UTF-8. */
  public String output() {
    return ear.output.toString(StandardCharsets.UTF_8);
  }

  /** All text messages so far. */
  public List<String> texts() {
    return List.copyOf(ear.texts);
  }

  /** Waits until the output holds a text. */
  public void awaitOutput(String text) {
    Awaitility.await()
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .pollInterval(10, TimeUnit.MILLISECONDS)
        .until(() -> output().contains(text));
  }

  /** Waits for the server's close and returns its code. */
  public int awaitClose() {
    return ear.closed.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    socket.abort();
  }
}
