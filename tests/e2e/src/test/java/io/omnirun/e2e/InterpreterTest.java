package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.testkit.server.EventReader;
import io.omnirun.testkit.server.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Contexts through the public API, in a template that holds the interpreter. */
@Timeout(600)
class InterpreterTest extends SharedServer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> PLAYGROUND = Map.of("template", "playground");

  private final List<String> made = new ArrayList<>();
  private String sandbox = "";

  @Override
  Map<String, String> settings() {
    return Map.of("templates.enabled", "base,playground", "pool", "*=0");
  }

  @BeforeAll
  void createSandbox() {
    sandbox =
        client()
            .createSandbox(
                Map.of("template", "playground", "envVars", Map.of("GREETING", "hi there")));
  }

  @AfterEach
  void deleteContexts() {
    made.forEach(context -> client().delete(context));
    made.clear();
  }

  private String contexts(String id) {
    return "/sandboxes/" + id + "/contexts";
  }

  private String context(String language) {
    Reply reply = client().post(contexts(sandbox), Map.of("language", language)).expect(201);
    String context = contexts(sandbox) + "/" + reply.text("id");
    made.add(context);
    return context;
  }

  private JsonNode execute(String context, String code) {
    return client().post(context + "/execute", Map.of("code", code)).expect(200).json();
  }

  private static String stdout(JsonNode execution) {
    assertThat(execution.has("error")).as(execution.toString()).isFalse();
    return execution.path("logs").path("stdout").asText();
  }

  private static JsonNode onlyResult(JsonNode execution) {
    assertThat(execution.path("results")).as(execution.toString()).hasSize(1);
    return execution.path("results").get(0);
  }

  @Test
  void pythonShowsWhatItsLastExpressionIs() {
    String python = context("python");
    JsonNode sum = execute(python, "print('a')\nimport sys; print('e', file=sys.stderr)\n6*7");
    assertThat(onlyResult(sum).path("text").asText()).isEqualTo("42");
    assertThat(sum.path("logs").path("stdout").asText()).isEqualTo("a\n");
    assertThat(sum.path("logs").path("stderr").asText()).isEqualTo("e\n");
    assertThat(sum.path("execution_count").asInt()).isEqualTo(1);
    assertThat(execute(python, "").path("results")).isEmpty();
  }

  @Test
  void resultsComeInAllTheirFormats() {
    String python = context("python");
    execute(python, "from IPython.display import HTML, JSON, Latex, Markdown, SVG, Javascript");
    assertThat(onlyResult(execute(python, "HTML('<b>ü</b>')")).path("html").asText())
        .isEqualTo("<b>ü</b>");
    assertThat(onlyResult(execute(python, "JSON({'a': [1, None]})")).path("json"))
        .isEqualTo(JSON.createObjectNode().set("a", JSON.createArrayNode().add(1).addNull()));
    assertThat(onlyResult(execute(python, "Latex('$x^2$')")).path("latex").asText())
        .isEqualTo("$x^2$");
    assertThat(onlyResult(execute(python, "Markdown('# a')")).path("markdown").asText())
        .isEqualTo("# a");
    assertThat(onlyResult(execute(python, "Javascript('f()')")).path("javascript").asText())
        .isEqualTo("f()");
    String svg = "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>')";
    assertThat(onlyResult(execute(python, svg)).path("svg").asText()).startsWith("<svg");
  }

  @Test
  void aPlotIsAPicture() {
    JsonNode plot =
        execute(
            context("python"),
            "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 4])\nplt.show()");
    byte[] png = Base64.getDecoder().decode(onlyResult(plot).path("png").asText());
    assertThat(new String(png, 1, 3, StandardCharsets.US_ASCII)).isEqualTo("PNG");
    assertThat(png).hasSizeGreaterThan(1_000);
  }

  @Test
  void anErrorIsATracebackWithoutColours() {
    String python = context("python");
    JsonNode failed = execute(python, "def f():\n    1 / 0\n\nf()");
    assertThat(failed.path("error").asText())
        .contains("ZeroDivisionError: division by zero", "f()")
        .doesNotContain("\u001b");
    assertThat(stdout(execute(python, "print('on')"))).isEqualTo("on\n");
  }

  @Test
  void javascriptAndBashKeepTheirStateToo() {
    String javascript = context("javascript");
    execute(javascript, "const twice = x => 2 * x");
    assertThat(onlyResult(execute(javascript, "twice(21)")).path("text").asText()).isEqualTo("42");
    assertThat(stdout(execute(javascript, "console.log('ü')"))).isEqualTo("ü\n");
    String bash = context("bash");
    execute(bash, "cd /usr; kept=yes");
    assertThat(stdout(execute(bash, "echo $kept; pwd"))).isEqualTo("yes\n/usr\n");
  }

  @Test
  void eachContextHasItsOwnStateAndARestartTakesIt() {
    String one = context("python");
    String other = context("python");
    execute(one, "x = 'one'");
    execute(other, "x = 'other'");
    assertThat(stdout(execute(one, "print(x)"))).isEqualTo("one\n");
    Reply restarted = client().post(one + "/restart", "").expect(200);
    assertThat(one).endsWith(restarted.text("id"));
    assertThat(execute(one, "x").path("error").asText()).contains("NameError");
    assertThat(stdout(execute(other, "print(x)"))).isEqualTo("other\n");
    assertThat(client().get(contexts(sandbox)).expect(200).body())
        .contains(restarted.text("id"), "created_at");
  }

  @Test
  void aDeletedContextIsGone() {
    String python = context("python");
    client().delete(python).expect(204);
    client().delete(python).expectError(404, "context_not_found");
    client().post(python + "/restart", "").expectError(404, "context_not_found");
    client().post(python + "/interrupt", "").expectError(404, "context_not_found");
    client().post(python + "/execute", Map.of("code", "1")).expectError(404, "context_not_found");
    client()
        .post(python + "/stream-execute", Map.of("code", "1"))
        .expectError(404, "context_not_found");
  }

  @Test
  void anEndlessLoopIsInterruptedAndItsStateStays() throws Exception {
    String python = context("python");
    execute(python, "kept = 1");
    CompletableFuture<JsonNode> endless =
        CompletableFuture.supplyAsync(
            () -> execute(python, "open('/tmp/begun', 'w').close()\nwhile True: pass"));
    awaitFile("/tmp/begun");
    client().post(python + "/interrupt", "").expect(204);
    assertThat(endless.get(120, TimeUnit.SECONDS).path("error").asText())
        .contains("KeyboardInterrupt");
    assertThat(stdout(execute(python, "print(kept)"))).isEqualTo("1\n");
  }

  private void awaitFile(String path) {
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(() -> client().output(sandbox, "ls " + path + " || true").equals(path));
  }

  @Test
  void whoeverHangsUpHasHisCodeInterrupted() throws Exception {
    String python = context("python");
    String code =
        "import time\ntry:\n    print('begun', flush=True)\n    time.sleep(500)\n"
            + "except KeyboardInterrupt:\n    open('/tmp/interrupted', 'w').close()\n    raise";
    try (EventReader events = stream(python, code)) {
      assertThat(events.next().path("data").asText()).isEqualTo("begun");
    }
    awaitFile("/tmp/interrupted");
    assertThat(stdout(execute(python, "print('free')"))).isEqualTo("free\n");
  }

  private EventReader stream(String context, String code) throws IOException {
    String body = JSON.createObjectNode().put("code", code).toString();
    return EventReader.post(server(), client(), context + "/stream-execute", body);
  }

  @Test
  void aStreamTellsEverythingInOrderWhileItHappens() throws Exception {
    String code =
        "import os, time\nfrom IPython.display import display, HTML\nprint('one\\ntwo')\n"
            + "while not os.path.exists('/tmp/gate'): time.sleep(0.05)\n"
            + "display(HTML('<i>'))\nprint('three')\n1/0";
    client().output(sandbox, "rm -f /tmp/gate");
    try (EventReader events = stream(context("python"), code)) {
      assertEvent(events.next(), "stdout", "one");
      assertEvent(events.next(), "stdout", "two");
      client().output(sandbox, "touch /tmp/gate");
      JsonNode result = events.next();
      assertThat(result.path("type").asText()).isEqualTo("result");
      assertThat(result.path("data").path("html").asText()).isEqualTo("<i>");
      assertEvent(events.next(), "stdout", "three");
      JsonNode event = events.next();
      StringBuilder traceback = new StringBuilder();
      while (event.path("type").asText().equals("stderr")) {
        traceback.append(event.path("data").asText()).append('\n');
        event = events.next();
      }
      assertThat(traceback.toString()).contains("ZeroDivisionError: division by zero\n");
      assertThat(event.path("type").asText()).isEqualTo("done");
      assertThat(event.path("execution_count").asInt()).isEqualTo(1);
      assertThat(events.isProperlyOver()).isTrue();
    }
  }

  private static void assertEvent(JsonNode event, String type, String data) {
    assertThat(event.path("type").asText()).isEqualTo(type);
    assertThat(event.path("data").asText()).isEqualTo(data);
  }

  @Test
  void manyLinesArriveWholeAndInOrder() throws Exception {
    try (EventReader events = stream(context("python"), "for i in range(20000): print(i)")) {
      for (int i = 0; i < 20_000; i++) {
        assertThat(events.next().path("data").asText()).isEqualTo(Integer.toString(i));
      }
      assertThat(events.next().path("type").asText()).isEqualTo("done");
    }
  }

  @Test
  void contextsWorkBesideEachOther() {
    List<String> three = List.of(context("python"), context("python"), context("bash"));
    client().output(sandbox, "rm -f /tmp/met-*");
    String python =
        "import glob, time\nopen('/tmp/met-%d', 'w').close()\n"
            + "while len(glob.glob('/tmp/met-*')) < 3: time.sleep(0.05)\nprint('met')";
    String bash =
        "touch /tmp/met-2; until [ -e /tmp/met-0 -a -e /tmp/met-1 ]; do sleep 0.1; done; echo met";
    List<CompletableFuture<JsonNode>> meeting =
        IntStream.range(0, 3)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () -> execute(three.get(i), i == 2 ? bash : python.formatted(i))))
            .toList();
    assertThat(meeting).allSatisfy(one -> assertThat(stdout(one.join())).isEqualTo("met\n"));
  }

  @Test
  void variablesOfTheSandboxAreThere() {
    assertThat(stdout(execute(context("python"), "import os; print(os.environ['GREETING'])")))
        .isEqualTo("hi there\n");
    assertThat(stdout(execute(context("javascript"), "console.log(process.env.GREETING)")))
        .isEqualTo("hi there\n");
    assertThat(stdout(execute(context("bash"), "echo $GREETING"))).isEqualTo("hi there\n");
  }

  @Test
  void theFirstRandomNumbersOfTwoSandboxesDiffer() {
    String python =
        "import random, numpy, uuid\nprint(random.random(), numpy.random.rand(), uuid.uuid4())";
    List<String> drawn = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      String other = client().createSandbox(PLAYGROUND);
      drawn.addAll(first(other, "python", python));
      drawn.addAll(first(other, "javascript", "console.log(Math.random(), crypto.randomUUID())"));
      drawn.addAll(first(other, "bash", "echo $RANDOM$RANDOM$RANDOM"));
      client().delete("/sandboxes/" + other).expect(204);
    }
    assertThat(drawn).hasSize(12).doesNotHaveDuplicates().noneMatch(String::isEmpty);
  }

  private List<String> first(String id, String language, String code) {
    Reply context = client().post(contexts(id), Map.of("language", language)).expect(201);
    return List.of(
        stdout(execute(contexts(id) + "/" + context.text("id"), code)).strip().split(" "));
  }

  @Test
  void aKernelThatEndsItselfIsToldAndTheOthersLive() {
    String dying = context("python");
    String other = context("python");
    execute(other, "x = 1");
    assertThat(execute(dying, "import os; os._exit(3)").path("error").asText())
        .contains("status 3");
    assertThat(stdout(execute(other, "print(x)"))).isEqualTo("1\n");
    assertThat(stdout(execute(dying, "print('anew')"))).isEqualTo("anew\n");
  }

  @Test
  void aHugeResultIsAClearErrorAndTheOthersLive() {
    String python = context("python");
    JsonNode huge =
        execute(
            python,
            "from IPython.display import display\n"
                + "display({'image/png': 'x' * 50_000_000}, raw=True)\nprint('on')");
    assertThat(huge.path("results")).isEmpty();
    assertThat(huge.path("error").asText()).contains("ResultTooLargeError: a result of ");
    JsonNode large = execute(python, "display({'image/png': 'x' * 9_000_000}, raw=True)");
    assertThat(large.path("results")).isEmpty();
    assertThat(large.path("error").asText()).contains("ResultTooLargeError");
    assertThat(stdout(execute(python, "print('on')"))).isEqualTo("on\n");
  }

  @Test
  void tooManyContextsAreRefusedAndTheOthersLive() {
    String other = client().createSandbox(PLAYGROUND);
    List<String> ids = new ArrayList<>();
    Reply reply = client().post(contexts(other), "{}");
    while (reply.status() == 201 && ids.size() < 100) {
      ids.add(contexts(other) + "/" + reply.text("id"));
      reply = client().post(contexts(other), "{}");
    }
    reply.expectError(429, "too_many_contexts");
    assertThat(ids).hasSizeGreaterThan(3);
    assertThat(stdout(execute(ids.getFirst(), "print('lives')"))).isEqualTo("lives\n");
    assertThat(stdout(execute(ids.getLast(), "print('lives')"))).isEqualTo("lives\n");
    client().delete("/sandboxes/" + other).expect(204);
  }

  @Test
  void callsUnderAPauseAreToldAndContextsGoOnAfterIt() throws Exception {
    String other = client().createSandbox(PLAYGROUND);
    String path =
        contexts(other) + "/" + client().post(contexts(other), "{}").expect(201).text("id");
    execute(path, "kept = 7");
    try (EventReader events =
        stream(path, "print('x', flush=True)\nimport time; time.sleep(500)")) {
      events.next();
      CompletableFuture<Reply> waiting =
          CompletableFuture.supplyAsync(
              () -> client().post(path + "/execute", Map.of("code", "1")));
      client().post("/sandboxes/" + other + "/pause", "").expect(200);
      waiting.join().expectError(409, "sandbox_paused");
      assertThatThrownBy(events::next).isInstanceOf(IOException.class);
      assertThat(events.isProperlyOver()).isFalse();
    }
    client().post(contexts(other), "{}").expectError(409, "sandbox_paused");
    client().post("/sandboxes/" + other + "/resume", "").expect(200);
    assertThat(stdout(execute(path, "print(kept)"))).isEqualTo("7\n");
    client().delete("/sandboxes/" + other).expect(204);
  }

  @Test
  void whatTheInterpreterDoesNotHaveIsSaid() {
    client()
        .post(contexts(sandbox), Map.of("language", "cobol"))
        .expectError(409, "language_unavailable");
    client()
        .post(contexts(sandbox), Map.of("cwd", "/no/such/place"))
        .expectError(400, "cwd_not_found");
  }

  @Test
  void aTemplateWithoutInterpreterSaysWhichHaveOne() {
    String base = client().createSandbox();
    Reply reply = client().post(contexts(base), "{}");
    reply.expectError(409, "interpreter_unavailable");
    assertThat(reply.text("message")).contains("playground");
    client().get(contexts(base)).expectError(409, "interpreter_unavailable");
    client()
        .post(contexts(base) + "/x/execute", Map.of("code", "1"))
        .expectError(409, "interpreter_unavailable");
    client().delete("/sandboxes/" + base).expect(204);
  }

  @Test
  void anotherAccountsContextsAreNotThere() {
    String python = context("python");
    var stranger = server().clientOfNewAccount(1);
    stranger.get(contexts(sandbox)).expectError(404, "sandbox_not_found");
    stranger.delete(python).expectError(404, "sandbox_not_found");
    stranger
        .post(python + "/stream-execute", Map.of("code", "1"))
        .expectError(404, "sandbox_not_found");
  }
}
