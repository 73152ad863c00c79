package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Terminal;
import io.omnirun.model.TerminalOutput;
import io.omnirun.model.TerminalSize;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TerminalsTest {
  private final RestServer server = new RestServer();
  private String terminals = "";
  private FakeProcessControl control = new FakeProcessControl();

  @BeforeEach
  void createSandbox() throws Exception {
    terminals = "/sandboxes/" + server.create("{}") + "/pty";
    control = server.guest().control;
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void aTerminalIsOpenedAsAskedFor() throws Exception {
    HttpResponse<String> answer = server.post(terminals, "{}");
    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(answer.body()).isEqualTo("{\"pid\":2}");
    server.post(
        terminals,
        "{\"cols\":100,\"rows\":30,\"user\":\"coder\",\"cwd\":\"/tmp\",\"cmd\":\"top\","
            + "\"envs\":{\"TERM\":\"dumb\"}}");

    assertThat(control.opened)
        .containsExactly(
            new Terminal(
                new TerminalSize(80, 24), Optional.empty(), "root", Optional.empty(), Map.of()),
            new Terminal(
                new TerminalSize(100, 30),
                Optional.of("top"),
                "coder",
                Optional.of("/tmp"),
                Map.of("TERM", "dumb")));
  }

  @Test
  void whatCannotBeOpenedIsRefused() throws Exception {
    for (String body :
        new String[] {
          "",
          "{\"cols\":0}",
          "{\"rows\":4097}",
          "{\"cols\":\"80\"}",
          "{\"cmd\":\"\"}",
          "{\"cmd\":\"a\\u0000\"}",
          "{\"user\":\"a b\"}",
          "{\"cwd\":\"\"}",
          "{\"envs\":{\"1\":\"\"}}"
        }) {
      assertThat(server.post(terminals, body).statusCode()).as(body).isEqualTo(400);
    }
    assertThat(control.opened).isEmpty();
  }

  @Test
  void terminalsAreListed() throws Exception {
    assertThat(server.get(terminals).body())
        .isEqualTo("[{\"pid\":2,\"running\":true,\"startedAt\":\"2026-01-02T03:04:05.678Z\"}]");
  }

  @Test
  void inputSizeAndEndReachTheTerminal() throws Exception {
    assertThat(server.post(terminals + "/2/input", "{\"data\":\"\\u0003\"}").statusCode())
        .isEqualTo(200);
    assertThat(server.post(terminals + "/2/resize", "{\"cols\":1,\"rows\":2}").statusCode())
        .isEqualTo(200);
    assertThat(server.delete(terminals + "/2").statusCode()).isEqualTo(204);
    assertThat(control.done)
        .containsExactly("TERMINAL gets \u0003", "resized to 1 x 2", "TERMINAL killed");
  }

  @Test
  void aSizeHasTwoSides() throws Exception {
    assertThat(server.post(terminals + "/2/resize", "{\"cols\":1}").statusCode()).isEqualTo(400);
    assertThat(server.post(terminals + "/2/resize", "{\"cols\":1,\"rows\":0}").statusCode())
        .isEqualTo(400);
    assertThat(control.done).isEmpty();
  }

  @Test
  void readsGiveWhatIsNewUntilTheEnd() throws Exception {
    control.reads.add(new TerminalOutput("$ ", false));
    control.reads.add(new TerminalOutput("", false));
    control.reads.add(new TerminalOutput("bye", true));
    control.reads.add(new TerminalOutput("", true));

    assertThat(server.get(terminals + "/2/read").body()).isEqualTo("{\"data\":\"$ \"}");
    assertThat(server.get(terminals + "/2/read").body()).isEqualTo("{\"data\":\"\"}");
    assertThat(server.get(terminals + "/2/read").body()).isEqualTo("{\"data\":\"bye\"}");
    HttpResponse<String> end = server.get(terminals + "/2/read");
    assertThat(end.statusCode()).isEqualTo(404);
    assertThat(end.body()).contains("process_not_found");
  }

  @Test
  void whatIsNoTerminalIsNotFound() throws Exception {
    for (String pid : new String[] {"1", "7", "0", "x"}) {
      String terminal = terminals + "/" + pid;
      assertThat(server.get(terminal + "/read").statusCode()).isEqualTo(404);
      assertThat(server.post(terminal + "/input", "{\"data\":\"\"}").statusCode()).isEqualTo(404);
      assertThat(server.post(terminal + "/resize", "{\"cols\":1,\"rows\":2}").statusCode())
          .isEqualTo(404);
      assertThat(server.delete(terminal).statusCode()).isEqualTo(404);
    }
    assertThat(control.done).isEmpty();
  }
}
