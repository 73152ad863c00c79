package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.server.EventReader;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class CommandStreamsTest extends SharedServer {
  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    sandbox = client().createSandbox();
  }

  @AfterAll
  void deleteSandbox() {
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  private String start(String command) {
    int pid =
        client()
            .run(sandbox, Map.of("command", command, "background", true, "timeout", 1))
            .expect(200)
            .json()
            .path("pid")
            .asInt();
    return "/sandboxes/" + sandbox + "/commands/" + pid;
  }

  private EventReader stream(String command) throws IOException {
    return EventReader.open(server(), client(), command + "/stream");
  }

  private void awaitEnd(String command) {
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(() -> !client().get(command).json().path("running").asBoolean());
  }

  /** All output up to the exit, which must be the last event. */
  private static String toExit(EventReader events, int exitCode) throws IOException {
    StringBuilder told = new StringBuilder();
    JsonNode event = events.next();
    while (!event.path("type").asText().equals("exit")) {
      told.append(event.path("data").asText());
      event = events.next();
    }
    assertThat(event.path("exit_code").asInt()).isEqualTo(exitCode);
    assertThat(events.isProperlyOver()).isTrue();
    return told.toString();
  }

  @Test
  void outputIsToldWhileItIsPrintedAndTheExitAtLast() throws IOException {
    String command = start("echo one; read line; echo \"two $line\" >&2; exit 3");
    try (EventReader events = stream(command)) {
      JsonNode first = events.next();
      assertThat(first.path("type").asText()).isEqualTo("stdout");
      assertThat(first.path("data").asText()).isEqualTo("one\n");
      assertThat(first.path("timestamp").asText()).endsWith("Z");
      client().post(command + "/stdin", Map.of("data", "ü\n")).expect(200);
      JsonNode second = events.next();
      assertThat(second.path("type").asText()).isEqualTo("stderr");
      assertThat(second.path("data").asText()).isEqualTo("two ü\n");
      assertThat(toExit(events, 3)).isEmpty();
    }
  }

  @Test
  void lateSubscriberIsToldEverythingToo() throws IOException {
    String command = start("for i in $(seq 20000); do echo zeile-$i-€; done");
    awaitEnd(command);
    try (EventReader events = stream(command)) {
      String told = toExit(events, 0);
      assertThat(told).startsWith("zeile-1-€\n").endsWith("zeile-20000-€\n");
      assertThat(told.lines()).hasSize(20_000).allMatch(line -> line.endsWith("-€"));
    }
  }

  @Test
  void exitFollowsTheShellAndNotItsChildren() throws IOException {
    String command = start("sleep 700 & echo started");
    try (EventReader events = stream(command)) {
      assertThat(toExit(events, 0)).isEqualTo("started\n");
    }
    assertThat(client().output(sandbox, "pgrep -c -f '[s]leep 700'")).isEqualTo("1");
    client().delete(command).expect(204);
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> client().output(sandbox, "pgrep -c -f '[s]leep 700' || true").equals("0"));
  }

  @Test
  void killedCommandIsReportedAsSuchAndStaysListed() throws IOException {
    String command = start("echo here; exec sleep 800");
    try (EventReader events = stream(command)) {
      assertThat(events.next().path("data").asText()).isEqualTo("here\n");
      client().delete(command).expect(204);
      assertThat(toExit(events, 137)).isEmpty();
    }
    client().delete(command).expect(204);
    assertThat(client().get(command).expect(200).json().path("exit_code").asInt()).isEqualTo(137);
  }

  @Test
  void droppedOutputIsSaid() throws IOException {
    String command = start("head -c 20000000 /dev/zero | tr '\\0' x; echo the end");
    awaitEnd(command);
    try (EventReader events = stream(command)) {
      JsonNode first = events.next();
      assertThat(first.path("truncated").asBoolean()).isTrue();
      assertThat(toExit(events, 0)).endsWith("the end\n").hasSizeLessThan(16 * 1024 * 1024 + 1);
    }
  }

  @Test
  void readerThatDoesNotReadHoldsNobodyUp() throws IOException {
    String command = start("head -c 100000000 /dev/zero | tr '\\0' x; echo done > /tmp/flooded");
    try (EventReader stuck = stream(command)) {
      awaitEnd(command);
      assertThat(client().output(sandbox, "cat /tmp/flooded")).isEqualTo("done");
    }
    client().run(sandbox, "true").expect(200);
  }

  @Test
  void inputForWhatHasEndedIsRefused() {
    String command = start("exit 0");
    awaitEnd(command);
    client().post(command + "/stdin", Map.of("data", "x")).expectError(409, "process_ended");
    client()
        .post("/sandboxes/" + sandbox + "/commands/99999/stdin", Map.of("data", "x"))
        .expectError(404, "process_not_found");
    client()
        .get("/sandboxes/" + sandbox + "/commands/99999/stream")
        .expectError(404, "process_not_found");
    client()
        .delete("/sandboxes/" + sandbox + "/commands/99999")
        .expectError(404, "process_not_found");
  }

  @Test
  void inputThatNobodyReadsIsGivenUp() {
    String command = start("exec sleep 900");
    client()
        .post(command + "/stdin", Map.of("data", "x".repeat(200_000)))
        .expectError(409, "input_not_taken");
    client().delete(command).expect(204);
  }

  @Test
  void streamOfAKilledSandboxIsCut() throws IOException {
    String other = client().createSandbox();
    int pid =
        client()
            .run(other, Map.of("command", "echo up; exec sleep 900", "background", true))
            .json()
            .path("pid")
            .asInt();
    try (EventReader events =
        EventReader.open(
            server(), client(), "/sandboxes/" + other + "/commands/" + pid + "/stream")) {
      assertThat(events.next().path("data").asText()).isEqualTo("up\n");
      client().delete("/sandboxes/" + other).expect(204);
      assertThatThrownBy(events::next).isInstanceOf(IOException.class);
      assertThat(events.isProperlyOver()).isFalse();
    }
    client().get("/sandboxes/" + other + "/commands/" + pid).expectError(404, "sandbox_not_found");
  }

  @Test
  void anotherAccountsStreamIsNotThere() {
    String command = start("exec sleep 5");
    var stranger = server().clientOfNewAccount(1);
    stranger.get(command + "/stream").expectError(404, "sandbox_not_found");
    stranger.delete(command).expectError(404, "sandbox_not_found");
    stranger.post(command + "/stdin", Map.of("data", "x")).expectError(404, "sandbox_not_found");
  }
}
