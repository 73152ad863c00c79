package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.SocketClient;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class TerminalSocketsTest extends SharedServer {
  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    sandbox = client().createSandbox();
  }

  @AfterAll
  void deleteSandbox() {
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  private String open(Map<String, ?> fields) {
    return "/sandboxes/"
        + sandbox
        + "/pty/"
        + client()
            .post("/sandboxes/" + sandbox + "/pty", fields)
            .expect(201)
            .json()
            .path("pid")
            .asInt();
  }

  private SocketClient join(String terminal) {
    return SocketClient.open(server(), client(), terminal + "/ws");
  }

  @Test
  void whatIsTypedIsAnsweredAndTheExitIsTold() {
    String terminal = open(Map.of());
    try (SocketClient socket = join(terminal)) {
      socket.send("echo he''llo ünd\n".getBytes(StandardCharsets.UTF_8));
      socket.awaitOutput("hello ünd\r\n");
      socket.send("{\"type\":\"resize\",\"cols\":101,\"rows\":31}");
      socket.send("{\"type\":\"input\",\"data\":\"stty size\\n\"}");
      socket.awaitOutput("31 101\r\n");
      socket.send("exit 7\n".getBytes(StandardCharsets.UTF_8));
      assertThat(socket.awaitClose()).isEqualTo(1000);
      assertThat(socket.texts()).containsExactly("{\"type\":\"exit\",\"exit_code\":7}");
    }
  }

  @Test
  void whoJoinsLaterSeesTheLastScreenful() {
    String terminal =
        open(Map.of("cmd", "for i in $(seq 20000); do echo line $i; done; exec sleep 900"));
    try (SocketClient first = join(terminal)) {
      first.awaitOutput("line 20000\r\n");
    }
    try (SocketClient second = join(terminal)) {
      second.awaitOutput("line 20000\r\n");
      assertThat(second.output()).contains("line 19000\r\n").doesNotContain("line 1000\r\n");
      assertThat(second.output().length()).isLessThanOrEqualTo(64 * 1024);
    }
    client().delete(terminal).expect(204);
    try (SocketClient third = join(terminal)) {
      assertThat(third.awaitClose()).isEqualTo(1000);
      assertThat(third.texts()).containsExactly("{\"type\":\"exit\",\"exit_code\":137}");
    }
  }

  @Test
  void messageThatCannotBeActedOnIsAnsweredAndNothingElseHappens() {
    String terminal = open(Map.of());
    try (SocketClient socket = join(terminal)) {
      socket.send("not json");
      socket.send("{\"type\":\"resize\",\"cols\":0,\"rows\":1}");
      socket.send("{\"type\":\"nothing\"}");
      socket.send("echo al''ive\n".getBytes(StandardCharsets.UTF_8));
      socket.awaitOutput("alive\r\n");
      assertThat(socket.texts())
          .hasSize(3)
          .allMatch(text -> text.contains("\"type\":\"error\",\"code\":\"invalid_request\""));
    }
    client().delete(terminal).expect(204);
  }

  @Test
  void browserSendsItsKeyAsASubprotocol() {
    String terminal = open(Map.of());
    String key = "omnirun.token." + client().apiKey();
    try (SocketClient socket =
        SocketClient.offering(server(), terminal + "/ws", "omnirun.pty.v1", key)) {
      assertThat(socket.protocol()).isEqualTo("omnirun.pty.v1");
    }
    try (SocketClient socket = SocketClient.offering(server(), terminal + "/ws", key)) {
      assertThat(socket.protocol()).isEqualTo(key);
    }
    Assertions.assertThatThrownBy(
            () ->
                SocketClient.offering(
                    server(), terminal + "/ws", "omnirun.pty.v1", "omnirun.token.omr_none"))
        .isInstanceOf(CompletionException.class);
    client().delete(terminal).expect(204);
  }

  @Test
  void refusalsArePlainAnswers() {
    String terminal = open(Map.of());
    client().get(terminal + "/ws").expectError(400, "invalid_request");
    client()
        .get(terminal.replaceAll("[0-9]+$", "9999") + "/ws")
        .expectError(404, "process_not_found");
    client().withKey("omr_none").get(terminal + "/ws").expectError(401, "unauthorized");
    server().clientOfNewAccount(1).get(terminal + "/ws").expectError(404, "sandbox_not_found");
    client().delete(terminal).expect(204);
  }

  @Test
  void sandboxServesSoManyStreamsAndStillRunsCommands() {
    String terminal = open(Map.of("cmd", "exec sleep 900"));
    SocketClient[] sockets = new SocketClient[64];
    try {
      for (int i = 0; i < sockets.length; i++) {
        sockets[i] = join(terminal);
      }
      client().get(terminal + "/ws").expectError(429, "capacity_exhausted");
      assertThat(client().output(sandbox, "echo still here")).isEqualTo("still here");
    } finally {
      for (SocketClient socket : sockets) {
        if (socket != null) {
          socket.close();
        }
      }
    }
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> client().get(terminal + "/ws").status() == 400);
    client().delete(terminal).expect(204);
  }
}
