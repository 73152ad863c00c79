package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.testkit.server.EventReader;
import io.omnirun.testkit.server.Reply;
import io.omnirun.testkit.server.SocketClient;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the calls end that are under way when their sandbox is paused. */
@Timeout(300)
class PausedUnderCallsTest extends SharedServer {
  private static final int PIECE_BYTES = 64 * 1024;

  private final HttpClient http = HttpClient.newHttpClient();
  private String sandbox = "";

  @BeforeEach
  void createSandbox() {
    sandbox = client().createSandbox();
  }

  @AfterEach
  void itRunsOnWhenItIsResumed() {
    client().post(path("/resume"), "").expect(200);
    assertThat(client().output(sandbox, "echo alive")).isEqualTo("alive");
    client().delete(path("")).expect(204);
  }

  private String path(String tail) {
    return "/sandboxes/" + sandbox + tail;
  }

  private void pause() {
    client().post(path("/pause"), "").expect(200);
  }

  @Test
  void anUploadIsToldAndLeavesNoHalfFile() throws Exception {
    String url =
        client()
            .post(path("/files/upload-url"), Map.of("path", "/root/half"))
            .expect(200)
            .text("url");
    String headers = "Content-Type: application/octet-stream\r\nContent-Length: 1000000000";
    try (RawRequest upload = new RawRequest(server(), client(), "PUT", url, headers)) {
      upload.send(new byte[16 * PIECE_BYTES]);
      Awaitility.await()
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> !client().output(sandbox, "find /root -type f -size +1k").isEmpty());
      pause();
      // The server notices at the latest when it has more to pass on.
      upload.send(new byte[4 * PIECE_BYTES]);
      upload.answer().expectError(409, "sandbox_paused");
    }
    client().post(path("/resume"), "").expect(200);
    client().readFile(sandbox, "/root/half").expectError(404, "file_not_found");
  }

  @Test
  void aDownloadIsCut() throws Exception {
    client().output(sandbox, "head -c 64M /dev/zero > /tmp/large");
    HttpResponse<InputStream> answer =
        http.send(
            client().request(path("/files/download?path=/tmp/large")).GET().build(),
            BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    try (InputStream body = answer.body()) {
      assertThat(body.readNBytes(PIECE_BYTES)).hasSize(PIECE_BYTES);
      pause();
      assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
    }
  }

  @Test
  void eventStreamsAndWebSocketsAreCut() throws Exception {
    String pid =
        client()
            .run(sandbox, Map.of("command", "echo begun; exec sleep 900", "background", true))
            .expect(200)
            .text("pid");
    String terminal = client().post(path("/pty"), "{}").expect(201).text("pid");
    try (EventReader output =
            EventReader.open(server(), client(), path("/commands/" + pid + "/stream"));
        EventReader changes = EventReader.open(server(), client(), path("/files/watch?path=/tmp"));
        SocketClient socket =
            SocketClient.open(server(), client(), path("/pty/" + terminal + "/ws"))) {
      assertThat(output.next().path("data").asText()).isEqualTo("begun\n");
      client().output(sandbox, "touch /tmp/changed");
      assertThat(changes.next().path("path").asText()).isEqualTo("/tmp/changed");
      pause();
      assertThat(isCut(output)).isTrue();
      assertThat(isCut(changes)).isTrue();
      assertThat(socket.awaitClose()).isEqualTo(1011);
    }
  }

  @Test
  void inputThatIsNotTakenYetIsTold() {
    String deaf =
        client()
            .run(
                sandbox,
                Map.of("command", "head -c 9 > /tmp/got; exec sleep 900", "background", true))
            .expect(200)
            .text("pid");
    CompletableFuture<Reply> writing =
        CompletableFuture.supplyAsync(
            () ->
                client()
                    .post(
                        path("/commands/" + deaf + "/stdin"), Map.of("data", "x".repeat(500_000))),
            Thread::startVirtualThread);
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> client().readFile(sandbox, "/tmp/got").body().contains("xxxxxxxxx"));
    pause();
    writing.join().expectError(409, "sandbox_paused");
  }

  /** Whether the stream ends without saying that it is over. */
  private static boolean isCut(EventReader stream) throws IOException {
    try {
      while (true) {
        stream.next();
      }
    } catch (EOFException ended) {
      return !stream.isProperlyOver();
    }
  }
}
