package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.model.Command;
import io.omnirun.model.CommandResult;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommandsTest {
  private final RestServer server = new RestServer();
  private String commands = "";

  @BeforeEach
  void createSandbox() throws Exception {
    commands = "/sandboxes/" + server.create("{}") + "/commands";
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void aCommandIsAnsweredWithItsOutputAndExitCode() throws Exception {
    server.guest().result = new CommandResult("öut\n", "", 3, false);
    HttpResponse<String> answer = server.post(commands, "{\"command\":\"exit 3\"}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"stdout\":\"öut\\n\",\"stderr\":\"\",\"exit_code\":3}");
  }

  @Test
  void aTimeoutIsAnswered124AndLostOutputIsSaid() throws Exception {
    server.guest().result = new CommandResult("", "", CommandResult.TIMED_OUT_EXIT_CODE, true);
    HttpResponse<String> answer = server.post(commands, "{\"command\":\"sleep 99\"}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"exit_code\":124").contains("\"truncated\":true");
  }

  @Test
  void aCommandRunsAsRootInItsHomeForAMinuteUnlessAskedOtherwise() throws Exception {
    server.post(commands, "{\"command\":\"a\"}");
    server.post(
        commands,
        "{\"command\":\"b | c\",\"timeout\":5,\"cwd\":\"/srv/../tmp\",\"user\":\"coder\","
            + "\"envs\":{\"A_1\":\"x y\"}}");
    server.post(commands, "{\"command\":\"c\",\"timeout\":0}");

    assertThat(server.guest().commands)
        .containsExactly(
            command("a", "root", Optional.empty(), Map.of(), 60),
            command("b | c", "coder", Optional.of("/srv/../tmp"), Map.of("A_1", "x y"), 5),
            command("c", "root", Optional.empty(), Map.of(), 0));
  }

  private static Command command(
      String line, String user, Optional<String> cwd, Map<String, String> envs, int seconds) {
    return new Command(
        line,
        user,
        cwd,
        envs,
        seconds == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds)));
  }

  @Test
  void aCallerThatHangsUpIsNotWaitedFor() throws Exception {
    String body = "{\"command\":\"" + FakeGuest.ENDLESS + "\"}";
    CompletableFuture<?> callerGone;
    try (Socket caller = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      String head =
          "POST %s HTTP/1.1\r\nHost: a\r\nX-API-Key: %s\r\nContent-Type: application/json\r\n"
              .formatted(commands, server.key);
      String request = head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
      caller.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      callerGone = server.guest().endless.get(60, TimeUnit.SECONDS);
      assertThat(callerGone).isNotDone();
    }

    assertThat(callerGone).succeedsWithin(60, TimeUnit.SECONDS);
  }

  @Test
  void theLargestCommandIsTaken() throws Exception {
    String line = "é".repeat(65_535) + "x";
    assertThat(server.post(commands, "{\"command\":\"" + line + "\"}").statusCode()).isEqualTo(200);
    assertThat(server.post(commands, "{\"command\":\"" + line + "x\"}").body())
        .contains("command_too_large");
  }

  @Test
  void aBackgroundCommandHasAHandleAndNoTimeout() throws Exception {
    HttpResponse<String> answer =
        server.post(commands, "{\"command\":\"serve\",\"timeout\":60,\"background\":true}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"pid\":1}");
    assertThat(server.guest().commands.getFirst().timeout()).isEmpty();
  }

  @Test
  void aProcessIsShownRunningAndEnded() throws Exception {
    server.post(commands, "{\"command\":\"serve\",\"background\":true}");
    assertThat(server.get(commands + "/1").body())
        .isEqualTo(
            "{\"pid\":1,\"command\":\"serve\",\"running\":true,\"stdout\":\"so far\","
                + "\"stderr\":\"\",\"started_at\":\"2026-01-02T03:04:05.678Z\"}");

    server.guest().end(1, 7);
    JsonNode ended = RestServer.json(server.get(commands + "/1"));
    assertThat(ended.get("running").booleanValue()).isFalse();
    assertThat(ended.get("exit_code").intValue()).isEqualTo(7);
    assertThat(ended.get("truncated").booleanValue()).isTrue();
    assertThat(ended.get("ended_at").textValue()).isEqualTo("2026-01-02T03:04:06.000Z");
    assertThat(RestServer.json(server.get(commands))).containsExactly(ended);
  }

  @Test
  void anUnknownPidIsNotFound() throws Exception {
    for (String pid : new String[] {"1", "0", "-1", "x", "1x", "99999999999", "%31%30"}) {
      HttpResponse<String> answer = server.get(commands + "/" + pid);

      assertThat(answer.statusCode()).as(pid).isEqualTo(404);
      assertThat(answer.body()).contains("\"code\":\"process_not_found\"");
    }
  }
}
