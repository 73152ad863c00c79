package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.OutputEvent;
import io.omnirun.core.ports.OutputEvent.Channel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LiveCommandsTest {
  private final RestServer server = new RestServer();
  private String commands = "";
  private FakeProcessControl control = new FakeProcessControl();

  @BeforeEach
  void createSandbox() throws Exception {
    commands = "/sandboxes/" + server.create("{}") + "/commands";
    control = server.guest().control;
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  private void print(Channel channel, boolean afterLoss, int... bytes) {
    byte[] printed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      printed[i] = (byte) bytes[i];
    }
    control.events.add(
        new OutputEvent.Printed(channel, ByteBuffer.wrap(printed).asReadOnlyBuffer(), afterLoss));
  }

  private List<String> stream() throws Exception {
    HttpResponse<String> answer = server.get(commands + "/1/stream");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream");
    return answer
        .body()
        .replaceAll(",\"timestamp\":\"[0-9TZ:.-]{24}\"", "")
        .lines()
        .filter(line -> !line.isEmpty())
        .toList();
  }

  @Test
  void outputAndExitAreEvents() throws Exception {
    print(Channel.STDOUT, false, 'a', '\n');
    print(Channel.STDERR, false, 'e');
    control.events.add(new OutputEvent.Exited(137, false));

    assertThat(stream())
        .containsExactly(
            "data: {\"type\":\"stdout\",\"data\":\"a\\n\"}",
            "data: {\"type\":\"stderr\",\"data\":\"e\"}",
            "data: {\"type\":\"exit\",\"exit_code\":137}");
    assertThat(control.done).containsExactly("follow 0");
    assertThat(control.unfollowed).succeedsWithin(Duration.ofSeconds(30));
  }

  @Test
  void charactersAreNeverCutAndLossIsTold() throws Exception {
    print(Channel.STDOUT, false, 'a', 0xE2, 0x82);
    print(Channel.STDERR, false, 0xC3);
    print(Channel.STDOUT, false, 0xAC);
    print(Channel.STDOUT, false, 0xF0, 0x9F);
    print(Channel.STDOUT, true, 0x80);
    print(Channel.STDOUT, false, 0x80, 'b', 0xE2);
    control.events.add(new OutputEvent.Exited(0, true));

    assertThat(stream())
        .containsExactly(
            "data: {\"type\":\"stdout\",\"data\":\"a\"}",
            "data: {\"type\":\"stdout\",\"data\":\"€\"}",
            "data: {\"type\":\"stdout\",\"data\":\"\uFFFDb\",\"truncated\":true}",
            "data: {\"type\":\"stdout\",\"data\":\"\uFFFD\"}",
            "data: {\"type\":\"stderr\",\"data\":\"\uFFFD\"}",
            "data: {\"type\":\"exit\",\"exit_code\":0,\"truncated\":true}");
  }

  @Test
  void aStreamWithoutExitIsCut() {
    print(Channel.STDOUT, false, 'a');
    control.unfollowed.complete(null);

    assertThatThrownBy(() -> server.get(commands + "/1/stream")).isInstanceOf(IOException.class);
  }

  @Test
  void askingForTheHeadOfAStreamDoesNotFollowIt() throws Exception {
    var head = server.request(commands + "/1/stream").method("HEAD", BodyPublishers.noBody());
    assertThat(
            server.client().send(head.build(), HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
    assertThat(control.unfollowed).succeedsWithin(Duration.ofSeconds(30));
  }

  @Test
  void inputReachesTheCommandAsUtf8() throws Exception {
    HttpResponse<String> answer = server.post(commands + "/1/stdin", "{\"data\":\"ä\\n\"}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{}");
    assertThat(control.done).containsExactly("COMMAND gets ä\n");
  }

  @Test
  void inputIsCheckedBeforeItIsSent() throws Exception {
    String tooLong = "{\"data\":\"" + "x".repeat((int) InputBody.LIMIT_BYTES) + "\"}";
    assertThat(server.post(commands + "/1/stdin", "{}").statusCode()).isEqualTo(400);
    assertThat(server.post(commands + "/1/stdin", "{\"data\":1}").statusCode()).isEqualTo(400);
    assertThat(server.post(commands + "/1/stdin", tooLong).statusCode()).isEqualTo(413);
    assertThat(control.done).isEmpty();
  }

  @Test
  void aCommandIsKilled() throws Exception {
    assertThat(server.delete(commands + "/1").statusCode()).isEqualTo(204);
    assertThat(control.done).containsExactly("COMMAND killed");
  }

  @Test
  void whatIsNoCommandIsNotFound() throws Exception {
    for (String pid : new String[] {"2", "7", "0", "x", "99999999999"}) {
      assertNotFound(server.get(commands + "/" + pid + "/stream"));
      assertNotFound(server.post(commands + "/" + pid + "/stdin", "{\"data\":\"\"}"));
      assertNotFound(server.delete(commands + "/" + pid));
    }
    assertThat(control.done).isEmpty();
  }

  private static void assertNotFound(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("process_not_found");
  }

  @Test
  void anotherAccountsCommandIsAsGoodAsNone() throws Exception {
    var request =
        server.requestWithoutKey(commands + "/1/stream").header("X-API-Key", server.otherKey);
    assertThat(server.send(request.GET()).body()).contains("sandbox_not_found");
    assertThat(server.send(request.copy().uri(uri("/1")).DELETE()).body())
        .contains("sandbox_not_found");
    assertThat(control.done).isEmpty();
  }

  private URI uri(String rest) {
    return URI.create("http://127.0.0.1:" + server.port() + commands + rest);
  }
}
