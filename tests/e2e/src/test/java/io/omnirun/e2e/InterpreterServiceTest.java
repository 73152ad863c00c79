package io.omnirun.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.testkit.server.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The interpreter as E2B's clients see it, by its port's host name: hard to bring down. */
@Timeout(600)
class InterpreterServiceTest extends SharedServer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CLIENT = resource("cell.py");

  /** More contexts than 512 MiB have room for, and fewer than the service's own bound. */
  private static final int TOO_MANY = 60;

  private String sandbox = "";

  @Override
  Map<String, String> settings() {
    return Map.of("templates.enabled", "playground", "pool", "*=0");
  }

  @BeforeAll
  void createSandbox() {
    sandbox =
        client()
            .createSandbox(Map.of("template", "playground", "envVars", Map.of("GREETING", "hi")));
  }

  private static String resource(String name) {
    try (var resource = InterpreterServiceTest.class.getResourceAsStream(name)) {
      return new String(requireNonNull(resource).readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void contextsSeeTheSandboxAsCommandsDo() {
    String command = "echo $GREETING $HOME $(hostname) $(id -un) $PATH";
    String seen = client().output(sandbox, command);
    assertThat(execute(sandbox, "bash", command)).isEqualTo(seen);
    assertThat(
            execute(
                sandbox,
                "python",
                """
                import os, socket, getpass
                print(os.environ["GREETING"], os.environ["HOME"], socket.gethostname(),
                      getpass.getuser(), os.environ["PATH"])
                """))
        .isEqualTo(seen);
    assertThat(execute(sandbox, "javascript", "console.log(process.env.GREETING, process.cwd())"))
        .isEqualTo("hi /home/user");
  }

  @Test
  void kernelThatTheGuestKillsForItsMemoryIsAnErrorAndTheOthersLive() {
    String other = createContext("python");
    executeIn(other, "x = 7");
    assertThat(
            executeIn(createContext("python"), "kept = []\nwhile True: kept.append(b'x' * 2**20)"))
        .contains("KernelDied: it was killed by signal 9")
        .contains("memory may have run out");
    assertThat(executeIn(other, "x")).isEqualTo("7");
    assertThat(call(sandbox, "GET", "/health", Map.of())).startsWith("200");
  }

  @Test
  @Tag("long")
  void contextsWithoutRoomAreRefusedAndTheOthersLive() {
    String id = client().createSandbox(Map.of("template", "playground"));
    String first = createContext(id, "python");
    String refused = "";
    for (int i = 0; i < TOO_MANY && refused.isEmpty(); i++) {
      String answer = call(id, "POST", "/contexts", Map.of());
      refused = answer.startsWith("200 ") ? "" : answer;
    }
    assertThat(refused).startsWith("507 The sandbox has ").contains("another kernel needs 64 MiB");
    assertThat(executeIn(id, first, "6 * 7")).isEqualTo("42");
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  @Tag("long")
  void serviceThatIsKilledComesBack() {
    String id = client().createSandbox(Map.of("template", "playground"));
    client().output(id, "pkill -9 -f '^python3 -m omnirun_interpreter'");
    Awaitility.await()
        .atMost(Duration.ofMinutes(5))
        .until(
            () -> client().run(id, "curl -sf localhost:49999/health").text("stdout"),
            "\"OK\""::equals);
    assertThat(execute(id, "python", "6 * 7")).isEqualTo("42");
    client().delete("/sandboxes/" + id).expect(204);
  }

  private String createContext(String language) {
    return createContext(sandbox, language);
  }

  private String createContext(String id, String language) {
    String answer = call(id, "POST", "/contexts", Map.of("language", language));
    assertThat(answer).startsWith("200 ");
    return answer.split("\"id\": \"")[1].split("\"")[0];
  }

  private String executeIn(String context, String code) {
    return executeIn(sandbox, context, code);
  }

  private String executeIn(String id, String context, String code) {
    return call(id, "POST", "/execute", Map.of("context_id", context, "code", code));
  }

  private String execute(String id, String language, String code) {
    return call(id, "POST", "/execute", Map.of("language", language, "code", code));
  }

  private String call(String id, String method, String path, Map<String, ?> body) {
    try {
      String json = JSON.writeValueAsString(body);
      String port = Integer.toString(server().url().getPort());
      String host = "49999-%s.localhost".formatted(id.replace("_", ""));
      return Shell.run("python3", "-c", CLIENT, port, host, method, path, json).strip();
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
