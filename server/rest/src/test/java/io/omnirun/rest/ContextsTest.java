package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.ExecutionEvent;
import io.omnirun.model.ExecutionEvent.Channel;
import io.omnirun.model.ExecutionResult;
import io.omnirun.model.ResultFormat;
import io.omnirun.model.RichResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class ContextsTest {
  private static final String SHOWN =
      "{\"id\":\"11111111-2222-4333-8444-555555555555\",\"language\":\"%s\",\"cwd\":\"%s\","
          + "\"created_at\":\"2026-01-02T03:04:05.678Z\"}";
  private static final String CODE = "{\"code\":\"1+1\"}";

  private final RestServer server = new RestServer();
  private String contexts = "";
  private String context = "";
  private FakeInterpreter interpreter = new FakeInterpreter();

  @BeforeEach
  void createSandbox() throws Exception {
    contexts = "/sandboxes/" + server.create("{}") + "/contexts";
    context = contexts + "/" + FakeInterpreter.CONTEXT;
    interpreter = server.guest().fakeInterpreter;
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void contextsAreMadeAndListed() throws Exception {
    HttpResponse<String> made =
        server.post(contexts, "{\"language\":\"javascript\",\"cwd\":\"/srv\"}");
    assertThat(made.statusCode()).isEqualTo(201);
    assertThat(made.body()).isEqualTo(SHOWN.formatted("javascript", "/srv"));
    assertThat(server.post(contexts, "{}").statusCode()).isEqualTo(201);
    assertThat(server.get(contexts).body())
        .isEqualTo("[" + SHOWN.formatted("python", "/home/user") + "]");
    assertThat(interpreter.done)
        .containsExactly("create javascript in /srv", "create python", "list");
  }

  @Test
  void aContextIsRestartedInterruptedAndDeleted() throws Exception {
    HttpResponse<String> restarted = server.post(context + "/restart", "");
    assertThat(restarted.statusCode()).isEqualTo(200);
    assertThat(restarted.body()).isEqualTo(SHOWN.formatted("python", "/home/user"));
    assertThat(server.post(context + "/interrupt", "").statusCode()).isEqualTo(204);
    assertThat(server.delete(context).statusCode()).isEqualTo(204);
    assertThat(interpreter.done).containsExactly("restart", "interrupt", "delete");
  }

  @Test
  void codeIsAnsweredWithAllThatItHasComeTo() throws Exception {
    interpreter.result =
        new ExecutionResult(
            List.of(
                new RichResult(
                    Map.of(
                        ResultFormat.PNG, "iVBO",
                        ResultFormat.TEXT, "<Figure>",
                        ResultFormat.JSON, "{\"a\":[1,null]}")),
                new RichResult(Map.of())),
            "öut\n",
            "e",
            Optional.of("ValueError: x"),
            7,
            true);
    HttpResponse<String> answer = server.post(context + "/execute", CODE);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(
            "{\"results\":[{\"text\":\"<Figure>\",\"png\":\"iVBO\",\"json\":{\"a\":[1,null]}},{}],"
                + "\"logs\":{\"stdout\":\"öut\\n\",\"stderr\":\"e\"},\"error\":\"ValueError: x\","
                + "\"execution_count\":7,\"truncated\":true}");
    assertThat(interpreter.done).containsExactly("execute 1+1");
    assertThat(interpreter.released).succeedsWithin(Duration.ofSeconds(30));
  }

  @Test
  void whatHasNotFailedHasNoError() throws Exception {
    assertThat(server.post(context + "/execute", CODE).body())
        .isEqualTo(
            "{\"results\":[],\"logs\":{\"stdout\":\"\",\"stderr\":\"\"},\"execution_count\":1}");
  }

  private List<String> stream(ExecutionEvent... events) throws Exception {
    interpreter.events.addAll(Arrays.asList(events));
    HttpResponse<String> answer = server.post(context + "/stream-execute", CODE);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream");
    return answer.body().lines().filter(line -> !line.isEmpty()).toList();
  }

  private static ExecutionEvent out(String text) {
    return new ExecutionEvent.Printed(Channel.STDOUT, text);
  }

  @Test
  void eachLineIsAnEventAndDoneTheLast() throws Exception {
    assertThat(
            stream(
                new ExecutionEvent.Begun(3),
                out("a\nb"),
                new ExecutionEvent.Printed(Channel.STDERR, "e\n\n"),
                new ExecutionEvent.Shown(new RichResult(Map.of(ResultFormat.TEXT, "2"))),
                out("c\nrest"),
                new ExecutionEvent.Ended()))
        .containsExactly(
            "data: {\"type\":\"stdout\",\"data\":\"a\"}",
            "data: {\"type\":\"stderr\",\"data\":\"e\"}",
            "data: {\"type\":\"stderr\",\"data\":\"\"}",
            "data: {\"type\":\"result\",\"data\":{\"text\":\"2\"}}",
            "data: {\"type\":\"stdout\",\"data\":\"bc\"}",
            "data: {\"type\":\"stdout\",\"data\":\"rest\"}",
            "data: {\"type\":\"done\",\"execution_count\":3}");
    assertThat(interpreter.unfollowed).succeedsWithin(Duration.ofSeconds(30));
  }

  @Test
  void anErrorAndWhatIsLeftOutStandOnStderr() throws Exception {
    assertThat(
            stream(
                new ExecutionEvent.Printed(Channel.STDERR, "half"),
                new ExecutionEvent.Failed("E", "v", "\u001b[31mline 1\u001b[0m\nE: v"),
                new ExecutionEvent.Failed("E", "w", ""),
                new ExecutionEvent.LeftOut(false, "too long"),
                new ExecutionEvent.LeftOut(true, "too long"),
                new ExecutionEvent.Ended()))
        .containsExactly(
            "data: {\"type\":\"stderr\",\"data\":\"half\"}",
            "data: {\"type\":\"stderr\",\"data\":\"line 1\"}",
            "data: {\"type\":\"stderr\",\"data\":\"E: v\"}",
            "data: {\"type\":\"stderr\",\"data\":\"E: w\"}",
            "data: {\"type\":\"stderr\",\"data\":\"[something that was printed or shown is left"
                + " out: too long]\"}",
            "data: {\"type\":\"stderr\",\"data\":\"[the error with which this code failed, or something"
                + " else that it told, is left out: too long]\"}",
            "data: {\"type\":\"done\",\"execution_count\":0}");
  }

  @Test
  void manyLinesAllArriveInOrder() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.append(i).append('\n');
    }
    List<String> told = stream(out(text.toString()), new ExecutionEvent.Ended());
    assertThat(told).hasSize(20_001);
    assertThat(told.get(19_999)).isEqualTo("data: {\"type\":\"stdout\",\"data\":\"19999\"}");
  }

  @Test
  void aStreamWithoutDoneIsCut() {
    interpreter.events.add(out("a\n"));
    interpreter.unfollowed.complete(null);
    assertThatThrownBy(() -> server.post(context + "/stream-execute", CODE))
        .isInstanceOf(IOException.class);
  }

  private Socket send(String path, String body) throws IOException {
    Socket caller = new Socket(InetAddress.getLoopbackAddress(), server.port());
    String head =
        "POST %s HTTP/1.1\r\nHost: a\r\nX-API-Key: %s\r\nContent-Type: application/json\r\n"
            .formatted(path, server.key);
    String request = head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    caller.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return caller;
  }

  @Test
  void aCallerThatHangsUpIsNotWaitedFor() throws Exception {
    CompletableFuture<?> callerGone;
    try (Socket caller = send(context + "/execute", "{\"code\":\"endless\"}")) {
      callerGone = interpreter.endless.get(60, TimeUnit.SECONDS);
      assertThat(callerGone).isNotDone();
    }
    assertThat(callerGone).succeedsWithin(60, TimeUnit.SECONDS);
    assertThat(interpreter.released).succeedsWithin(60, TimeUnit.SECONDS);
  }

  @Test
  void anExecutionUnderAPauseIsSaidToBeInterrupted() throws Exception {
    HttpRequest request =
        server
            .request(context + "/execute")
            .POST(BodyPublishers.ofString("{\"code\":\"endless\"}"))
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      CompletableFuture<HttpResponse<String>> answer =
          client.sendAsync(request, BodyHandlers.ofString());
      interpreter.endless.get(60, TimeUnit.SECONDS);
      assertThat(server.post(contexts.replace("/contexts", "/pause"), "").statusCode())
          .isEqualTo(200);
      interpreter.lost.complete(null);
      assertThat(answer.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(409);
      assertThat(answer.get().body())
          .contains("sandbox_paused", "interrupts the execution; its context keeps its state");
    }
  }

  @Test
  void aListenerThatHangsUpLetsGoOfTheGuest() throws Exception {
    try (Socket caller = send(context + "/stream-execute", CODE)) {
      assertThat(caller.getInputStream().read()).isPositive();
      assertThat(interpreter.unfollowed).isNotDone();
    }
    assertThat(interpreter.unfollowed).succeedsWithin(Duration.ofSeconds(60));
  }

  @ParameterizedTest
  @CsvSource({
    "GET,",
    "POST,",
    "DELETE,/c",
    "POST,/c/restart",
    "POST,/c/interrupt",
    "POST,/c/execute",
    "POST,/c/stream-execute"
  })
  void aSandboxWithoutInterpreterSaysWhichTemplatesHaveOne(String method, String path)
      throws Exception {
    interpreter.refusal = Optional.of(ErrorCode.INTERPRETER_UNAVAILABLE);
    String rest = path == null ? "" : path.replace("/c", "/" + FakeInterpreter.CONTEXT);
    HttpResponse<String> answer =
        server.send(server.request(contexts + rest).method(method, BodyPublishers.ofString(CODE)));
    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body())
        .contains("interpreter_unavailable")
        .contains("as told; these templates have one: playground");
  }

  @ParameterizedTest
  @CsvSource({
    "CONTEXT_NOT_FOUND,404", "TOO_MANY_CONTEXTS,429", "LANGUAGE_UNAVAILABLE,409",
    "CWD_NOT_FOUND,400", "CAPACITY_EXHAUSTED,429", "GUEST_UNREACHABLE,409"
  })
  void whatTheInterpreterRefusesIsPassedOn(ErrorCode code, int status) throws Exception {
    interpreter.refusal = Optional.of(code);
    HttpResponse<String> answer = server.post(contexts, "{}");
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).contains(code.slug());
  }

  @Test
  void anUnknownContextIsNotFound() throws Exception {
    for (String id : new String[] {"x", "a%20b", "..%20", "x".repeat(65), "%C3%A4"}) {
      assertNotFound(server.delete(contexts + "/" + id));
      assertNotFound(server.post(contexts + "/" + id + "/restart", ""));
      assertNotFound(server.post(contexts + "/" + id + "/interrupt", ""));
      assertNotFound(server.post(contexts + "/" + id + "/execute", CODE));
      assertNotFound(server.post(contexts + "/" + id + "/stream-execute", CODE));
    }
    assertThat(interpreter.done).isEmpty();
  }

  private static void assertNotFound(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("context_not_found");
  }
}
