package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.server.Reply;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class TerminalsTest extends SharedServer {
  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    sandbox = client().createSandbox(Map.of("envVars", Map.of("GREETING", "hello there")));
  }

  @AfterAll
  void deleteSandbox() {
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  private String open(Map<String, ?> fields) {
    int pid =
        client()
            .post("/sandboxes/" + sandbox + "/pty", fields)
            .expect(201)
            .json()
            .path("pid")
            .asInt();
    return "/sandboxes/" + sandbox + "/pty/" + pid;
  }

  private void type(String terminal, String text) {
    client().post(terminal + "/input", Map.of("data", text)).expect(200);
  }

  /** What is read until it holds a text. */
  private String readUntil(String terminal, String wanted) {
    StringBuilder read = new StringBuilder();
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .pollDelay(0, TimeUnit.SECONDS)
        .until(
            () -> {
              read.append(client().get(terminal + "/read").expect(200).text("data"));
              return read.indexOf(wanted) >= 0;
            });
    return read.toString();
  }

  @Test
  void loginShellOfRootIsTalkedToAndEnds() {
    String terminal = open(Map.of());
    type(
        terminal,
        "stty size; id -un; echo $TERM; echo $GREETING; shopt -q login_shell && echo lo''gin\n");
    assertThat(readUntil(terminal, "login\r\n"))
        .contains("24 80\r\n", "root\r\n", "xterm-256color\r\n", "hello there\r\n");
    type(terminal, "exit 3\n");
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(() -> client().get(terminal + "/read").status() == 404);
    client().get(terminal + "/read").expectError(404, "process_not_found");
    client().post(terminal + "/input", Map.of("data", "x")).expectError(409, "process_ended");
    client()
        .post(terminal + "/resize", Map.of("cols", 90, "rows", 20))
        .expectError(409, "process_ended");
    client().delete(terminal).expect(204);
  }

  @Test
  void everyByteIsReadOnceAlsoByAClientThatPauses() {
    String terminal =
        open(
            Map.of(
                "cmd", "stty -echo; for i in $(seq 3000); do echo €$i; done; read x; echo ende"));
    StringBuilder read = new StringBuilder(readUntil(terminal, "€3000\r\n"));
    assertThat(client().get(terminal + "/read").expect(200).text("data")).isEmpty();
    type(terminal, "\n");
    read.append(readUntil(terminal, "ende\r\n"));
    assertThat(read.toString().lines().filter(line -> line.startsWith("€"))).hasSize(3000);
    assertThat(read).doesNotContain("\uFFFD");
  }

  @Test
  void sizeUserDirectoryAndVariablesCountAndTheSizeChanges() {
    String terminal =
        open(
            Map.of(
                "cols",
                132,
                "rows",
                43,
                "user",
                "user",
                "cwd",
                "/usr",
                "envs",
                Map.of("TERM", "dumb"),
                "cmd",
                "id -un; pwd; echo $TERM; stty size; read x; stty size"));
    assertThat(readUntil(terminal, "43 132\r\n")).contains("user\r\n/usr\r\ndumb\r\n");
    client().post(terminal + "/resize", Map.of("cols", 90, "rows", 20)).expect(200);
    type(terminal, "\n");
    readUntil(terminal, "20 90\r\n");
  }

  @Test
  void terminalsAndCommandsDoNotKnowEachOther() {
    String terminal = open(Map.of());
    String pid = terminal.substring(terminal.lastIndexOf('/') + 1);
    String commands = "/sandboxes/" + sandbox + "/commands";
    int command =
        client()
            .run(sandbox, Map.of("command", "exec sleep 900", "background", true))
            .json()
            .path("pid")
            .asInt();
    assertThat(client().get(commands).json().findValuesAsText("pid"))
        .contains(Integer.toString(command))
        .doesNotContain(pid);
    JsonNode terminals = client().get("/sandboxes/" + sandbox + "/pty").expect(200).json();
    assertThat(terminals.findValuesAsText("pid"))
        .contains(pid)
        .doesNotContain(Integer.toString(command));
    for (Reply reply :
        new Reply[] {
          client().get(commands + "/" + pid),
          client().get(commands + "/" + pid + "/stream"),
          client().post(commands + "/" + pid + "/stdin", Map.of("data", "x")),
          client().delete(commands + "/" + pid),
          client().get("/sandboxes/" + sandbox + "/pty/" + command + "/read"),
          client()
              .post("/sandboxes/" + sandbox + "/pty/" + command + "/input", Map.of("data", "x")),
          client()
              .post(
                  "/sandboxes/" + sandbox + "/pty/" + command + "/resize",
                  Map.of("cols", 1, "rows", 1)),
          client().delete("/sandboxes/" + sandbox + "/pty/" + command)
        }) {
      reply.expectError(404, "process_not_found");
    }
    client().delete(terminal).expect(204);
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> client().get(terminal + "/read").status() == 404);
    assertThat(client().get(commands + "/" + command).json().path("running").asBoolean()).isTrue();
    client().delete(commands + "/" + command).expect(204);
  }

  @Test
  void controlCharactersReachTheProgram() {
    String terminal = open(Map.of());
    type(terminal, "echo rea''dy; sleep 900\n");
    readUntil(terminal, "ready\r\n");
    type(terminal, "\u0003");
    type(terminal, "echo st''opped\n");
    readUntil(terminal, "stopped\r\n");
    client().delete(terminal).expect(204);
  }
}
