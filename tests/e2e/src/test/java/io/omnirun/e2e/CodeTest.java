package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.Reply;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Code that is run once, in a template that has no interpreter but the languages' programs. */
@Timeout(300)
class CodeTest extends SharedServer {
  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    sandbox = client().createSandbox(Map.of("envVars", Map.of("OF_SANDBOX", "seen")));
  }

  @AfterAll
  void deleteSandbox() {
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  private Reply code(Map<String, ?> fields) {
    return client().post("/sandboxes/" + sandbox + "/code", fields);
  }

  private Reply python(String code) {
    return code(Map.of("code", code)).expect(200);
  }

  private static int exitCode(Reply reply) {
    return reply.json().path("exit_code").asInt(-1);
  }

  /** What the pieces of code have left of themselves. */
  private String leftBehind() {
    return client().output(sandbox, "ls -d /tmp/.omnirun-code-* 2>/dev/null || true");
  }

  @Test
  void pythonIsTheDefaultAndItsOutputsAndExitCodeComeBack() {
    Reply reply =
        python("import sys\nprint('ü', 6*7)\nprint('oops', file=sys.stderr)\nsys.exit(7)");
    assertThat(reply.text("stdout")).isEqualTo("ü 42\n");
    assertThat(reply.text("stderr")).isEqualTo("oops\n");
    assertThat(exitCode(reply)).isEqualTo(7);
  }

  @Test
  void anErrorIsATracebackThatShowsTheLine() {
    Reply reply = python("def f():\n    return 1 / 0\n\nf()");
    assertThat(reply.text("stderr"))
        .contains("main.py\", line 2, in f", "return 1 / 0", "ZeroDivisionError");
    assertThat(exitCode(reply)).isEqualTo(1);
  }

  @Test
  void bashTakesWhatShellsTake() {
    Reply reply =
        code(Map.of("language", "sh", "code", "for i in 1 2; do echo $i; done | tac\nexit 3"))
            .expect(200);
    assertThat(reply.text("stdout")).isEqualTo("2\n1\n");
    assertThat(exitCode(reply)).isEqualTo(3);
  }

  @Test
  void aLanguageThatTheTemplateDoesNotHaveIsSaid() {
    Reply reply = code(Map.of("language", "zig", "code", "x"));
    reply.expectError(409, "language_unavailable");
    assertThat(reply.text("message")).contains("it has some for: python, bash");
    code(Map.of("language", "cobol", "code", "x")).expectError(400, "invalid_request");
  }

  @Test
  void nothingIsKeptFromOnePieceToTheNext() {
    python("kept = 1");
    Reply reply = python("print('kept' in globals())");
    assertThat(reply.text("stdout")).isEqualTo("False\n");
  }

  @Test
  void theFileIsItsUsersAloneAndGoneAfterwards() {
    Reply reply =
        code(Map.of(
                "user",
                "user",
                "code",
                "import os, sys, stat\n"
                    + "print(__file__, oct(os.stat(os.path.dirname(__file__)).st_mode & 0o777))\n"
                    + "print(os.getcwd(), os.getuid(), repr(sys.stdin.read()))"))
            .expect(200);
    assertThat(reply.text("stdout"))
        .matches("/tmp/\\.omnirun-code-[A-Za-z0-9]{10}/main.py 0o700\n/home/user 1000 ''\n");
    assertThat(leftBehind()).isEmpty();
  }

  @Test
  void codeThatRunsTooLongIsEndedWithWhatItPrintedAndItsFileGoesToo() {
    Reply reply =
        code(Map.of(
                "code", "import time\nprint('before', flush=True)\ntime.sleep(600)", "timeout", 3))
            .expect(200);
    assertThat(exitCode(reply)).isEqualTo(124);
    assertThat(reply.text("stdout")).isEqualTo("before\n");
    assertThat(reply.text("stderr")).endsWith("command timed out\n");
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> leftBehind().isEmpty());
    assertThat(client().output(sandbox, "pgrep -c -f '[m]ain.py' || true")).isEqualTo("0");
  }

  @Test
  void aMegabyteOfCodeAndOneOfOutputArriveWhole() {
    String large = "x = '" + "y".repeat(1_000_000) + "'\nprint(x)";
    assertThat(python(large).text("stdout")).hasSize(1_000_001);
  }

  @Test
  void variablesOfSandboxAndRequestAreThereAndNoOthers() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("envs", Map.of("OF_REQUEST", "too"));
    fields.put("cwd", "/usr");
    fields.put(
        "code",
        "import os\nprint(os.environ['OF_SANDBOX'], os.environ['OF_REQUEST'], os.getcwd())\n"
            + "print([name for name in os.environ if name.startswith('omnirun')])");
    assertThat(code(fields).expect(200).text("stdout")).isEqualTo("seen too /usr\n[]\n");
    assertThat(python("import os\nprint('OF_REQUEST' in os.environ)").text("stdout"))
        .isEqualTo("False\n");
  }

  @Test
  void unknownUserAndMissingDirectoryAreTheCallersMistakes() {
    code(Map.of("code", "x", "user", "nobody-here")).expectError(400, "user_not_found");
    code(Map.of("code", "x", "cwd", "/no/such/place")).expectError(400, "cwd_not_found");
  }

  @Test
  void codeThatEndsItsWholeGroupIsAnsweredAndLeavesNothing() {
    Reply reply = python("import os, signal\nos.killpg(0, signal.SIGKILL)");
    assertThat(exitCode(reply)).isEqualTo(137);
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> leftBehind().isEmpty());
  }
}
