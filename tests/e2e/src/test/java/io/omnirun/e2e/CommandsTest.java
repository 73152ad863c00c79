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

class CommandsTest extends SharedServer {
  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    sandbox = client().createSandbox();
  }

  @AfterAll
  void deleteSandbox() {
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  @Test
  void outputsAndExitCodeComeBack() {
    Reply reply = client().run(sandbox, "echo out; echo err >&2; exit 7").expect(200);
    assertThat(reply.text("stdout")).isEqualTo("out\n");
    assertThat(reply.text("stderr")).isEqualTo("err\n");
    assertThat(reply.json().path("exit_code").asInt()).isEqualTo(7);
  }

  @Test
  void commandRunsAsRootUnlessAUserIsNamed() {
    assertThat(client().output(sandbox, "id -un; pwd")).isEqualTo("root\n/root");
    Reply reply =
        client()
            .run(sandbox, Map.of("command", "id -un; echo $HOME; pwd", "user", "user"))
            .expect(200);
    assertThat(reply.text("stdout")).isEqualTo("user\n/home/user\n/home/user\n");
  }

  @Test
  void directoryAndVariablesOfTheRequestCount() {
    Reply reply =
        client()
            .run(
                sandbox,
                Map.of("command", "pwd; echo $A", "cwd", "/usr", "envs", Map.of("A", "b c")))
            .expect(200);
    assertThat(reply.text("stdout")).isEqualTo("/usr\nb c\n");
  }

  @Test
  void shellFeaturesWork() {
    assertThat(client().output(sandbox, "for i in 1 2 3; do echo $i; done | tac | tr '\\n' ,"))
        .isEqualTo("3,2,1,");
    assertThat(client().output(sandbox, "cat <<< \"$(echo nested)\" && [[ a == a ]] && echo yes"))
        .isEqualTo("nested\nyes");
  }

  @Test
  void commandThatRunsTooLongIsEndedWithWhatItPrinted() {
    Reply reply =
        client()
            .run(sandbox, Map.of("command", "echo before; sleep 600", "timeout", 2))
            .expect(200);
    assertThat(reply.json().path("exit_code").asInt()).isEqualTo(124);
    assertThat(reply.text("stdout")).isEqualTo("before\n");
    assertThat(client().output(sandbox, "pgrep -c -x sleep || true")).isEqualTo("0");
  }

  @Test
  void childThatHoldsTheOutputDoesNotHoldTheCommand() {
    Reply reply = client().run(sandbox, "sleep 500 & echo started").expect(200);
    assertThat(reply.text("stdout")).isEqualTo("started\n");
    assertThat(client().output(sandbox, "pkill -c -f 'sleep 500'")).isEqualTo("1");
  }

  @Test
  void backgroundCommandIsListedAndReadWhileItRunsAndAfter() {
    int pid =
        client()
            .run(
                sandbox,
                Map.of(
                    "command", "echo begun; read line < /tmp/gate; echo $line", "background", true))
            .expect(200)
            .json()
            .path("pid")
            .asInt();
    assertThat(pid).isPositive();
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(
            () ->
                process(pid).path("stdout").asText().equals("begun\n")
                    || process(pid).path("stderr").asText().contains("gate"));
    assertThat(client().get("/sandboxes/" + sandbox + "/commands").json().findValuesAsText("pid"))
        .contains(Integer.toString(pid));
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> !process(pid).path("running").asBoolean());
    assertThat(process(pid).has("exit_code")).isTrue();
  }

  private JsonNode process(int pid) {
    return client().get("/sandboxes/" + sandbox + "/commands/" + pid).expect(200).json();
  }

  @Test
  void largeOutputArrivesWhole() {
    Reply reply = client().run(sandbox, "head -c 3000000 /dev/zero | tr '\\0' x").expect(200);
    assertThat(reply.text("stdout")).hasSize(3_000_000);
  }

  @Test
  void outputBeyondTheBoundLosesItsOldestPartAndSaysSo() {
    Reply reply =
        client().run(sandbox, "head -c 20000000 /dev/zero | tr '\\0' x; echo the end").expect(200);
    assertThat(reply.json().path("truncated").asBoolean()).isTrue();
    assertThat(reply.text("stdout"))
        .endsWith("the end\n")
        .hasSizeLessThanOrEqualTo(16 * 1024 * 1024);
  }

  @Test
  void unknownUserAndMissingDirectoryAreTheCallersMistakes() {
    client()
        .run(sandbox, Map.of("command", "true", "user", "nobody-here"))
        .expectError(400, "user_not_found");
    client()
        .run(sandbox, Map.of("command", "true", "cwd", "/no/such/place"))
        .expectError(400, "cwd_not_found");
  }

  @Test
  void commandOfAMegabyteIsRefused() {
    client().run(sandbox, "#".repeat(900_000)).expectError(400, "command_too_large");
  }

  @Test
  void unknownProcessIsNotFound() {
    client()
        .get("/sandboxes/" + sandbox + "/commands/999999")
        .expectError(404, "process_not_found");
  }
}
