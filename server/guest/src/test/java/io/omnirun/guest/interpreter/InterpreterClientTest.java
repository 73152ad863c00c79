package io.omnirun.guest.interpreter;

import static io.omnirun.guest.ScriptedGuest.ascii;
import static io.omnirun.guest.ScriptedGuest.readThrough;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.omnirun.guest.ScriptedGuest;
import io.omnirun.guest.ScriptedGuest.Script;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.model.CodeContext;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.ExecutionEvent;
import io.omnirun.model.ExecutionEvent.Channel;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.ResultFormat;
import io.omnirun.model.RichResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against an interpreter that does as it should, and against some that do not. */
@Timeout(60)
class InterpreterClientTest {
  private static final String CONTEXT =
      "{\"id\":\"a-1\",\"language\":\"python\",\"cwd\":\"/home/user\","
          + "\"created_at\":\"2026-01-02T03:04:05.678901Z\",\"more\":1}";
  private static final CodeContext READ =
      new CodeContext("a-1", "python", "/home/user", Instant.parse("2026-01-02T03:04:05.678901Z"));
  private static final String END = "{\"type\":\"end_of_execution\"}\n";
  private static final long PLENTY = 1L << 40;

  @TempDir Path folder;

  private final List<String> requests = new ArrayList<>();
  private final MessageMemory memory = new MessageMemory(PLENTY);
  private GuestHttp http;
  private Path socket;

  @BeforeEach
  void startClient() {
    http = GuestHttp.start();
    socket = folder.resolve("guest.sock");
  }

  @AfterEach
  void stopClient() {
    http.close();
    assertThat(memory.free()).isEqualTo(PLENTY);
  }

  private InterpreterClient client() {
    return new InterpreterClient(http, socket, memory, Duration.ofMinutes(5));
  }

  /** A guest that joins the port and then does as it is told with every request's head. */
  private ScriptedGuest answering(Script script) throws IOException {
    return ScriptedGuest.start(
        socket,
        (input, output) -> {
          requests.add(readThrough(input, "\n").strip());
          output.write(ascii("OK 1\n"));
          script.run(input, output);
        });
  }

  /** One whose whole answer to every request is a text; it keeps the connection. */
  private ScriptedGuest answering(int status, String body) throws IOException {
    return answering(
        (input, output) -> {
          while (true) {
            takeRequest(input);
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            output.write(
                ascii(
                    "HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n".formatted(status, bytes.length)));
            output.write(bytes);
            output.flush();
          }
        });
  }

  private void takeRequest(InputStream input) throws IOException {
    String head = readThrough(input, "\r\n\r\n");
    int length =
        head.lines()
            .filter(line -> line.startsWith("Content-Length: "))
            .mapToInt(line -> Integer.parseInt(line.substring(16)))
            .findFirst()
            .orElse(0);
    byte[] body = input.readNBytes(length);
    requests.add(
        head.lines().findFirst().orElse("") + " " + new String(body, StandardCharsets.UTF_8));
  }

  private static void beginStream(OutputStream output) throws IOException {
    output.write(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  }

  private static void chunk(OutputStream output, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    output.write(ascii(Integer.toHexString(bytes.length) + "\r\n"));
    output.write(bytes);
    output.write(ascii("\r\n"));
    output.flush();
  }

  private static void assertFails(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(type(OmniRunException.class))
        .extracting(OmniRunException::code)
        .isEqualTo(code);
  }

  private ExecutionStream execute() {
    return client().execute("a-1", "1+1", new CompletableFuture<>());
  }

  private List<ExecutionEvent> toEnd() {
    try (ExecutionStream stream = execute()) {
      List<ExecutionEvent> events = new ArrayList<>();
      Optional<ExecutionEvent> event = stream.next();
      while (event.isPresent()) {
        events.add(event.get());
        event = stream.next();
      }
      return events;
    }
  }

  private void assertLost(String lines) throws IOException {
    try (ScriptedGuest _ = answering(200, lines)) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, this::toEnd);
    }
  }

  @Test
  void theWireIsE2bsAndConnectionsAreUsedAgain() throws Exception {
    try (ScriptedGuest _ = answering(200, CONTEXT)) {
      assertThat(client().create("python", Optional.empty())).isEqualTo(READ);
      assertThat(client().create("js", Optional.of("/srv"))).isEqualTo(READ);
      assertThat(client().restart("a-1")).isEqualTo(READ);
      client().interrupt("a-1");
      client().delete("a-1");
    }
    List<String> connections = requests.stream().filter("CONNECT 49999"::equals).toList();
    // A call that comes at the very end of another's answer opens one of its own.
    assertThat(connections).isNotEmpty().hasSizeLessThan(5);
    assertThat(requests)
        .filteredOn(request -> !request.startsWith("CONNECT"))
        .containsExactly(
            "POST /contexts HTTP/1.1 {\"language\":\"python\"}",
            "POST /contexts HTTP/1.1 {\"language\":\"js\",\"cwd\":\"/srv\"}",
            "POST /contexts/a-1/restart HTTP/1.1 {}",
            "POST /contexts/a-1/interrupt HTTP/1.1 {}",
            "DELETE /contexts/a-1 HTTP/1.1 ");
  }

  @Test
  void contextsAreListed() throws Exception {
    try (ScriptedGuest _ = answering(200, "[" + CONTEXT + "," + CONTEXT + "]")) {
      assertThat(client().contexts()).containsExactly(READ, READ);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "[]",
        "{}",
        "{\"id\":\"a/b\",\"language\":\"p\",\"cwd\":\"/\",\"created_at\":\"2026-01-02T03:04:05Z\"}",
        "{\"id\":1,\"language\":\"p\",\"cwd\":\"/\",\"created_at\":\"2026-01-02T03:04:05Z\"}",
        "{\"id\":\"a\",\"language\":\"p\",\"cwd\":\"/\",\"created_at\":\"yesterday\"}",
        "{\"id\":\"a\",\"language\":\"p\",\"cwd\":\"/\",\"created_at\":7}",
        "{\"id\":\"a\",\"language\":\"p\",\"created_at\":\"2026-01-02T03:04:05Z\"}"
      })
  void aContextThatIsNoneIsNotBelieved(String answer) throws Exception {
    try (ScriptedGuest _ = answering(200, answer)) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, () -> client().create("python", Optional.empty()));
    }
    socket = folder.resolve("other.sock");
    try (ScriptedGuest _ = answering(200, "[" + answer + ",]")) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, () -> client().contexts());
    }
  }

  @Test
  void aTextThatIsLongerThanAnyIsNotBelieved() throws Exception {
    try (ScriptedGuest _ = answering(200, CONTEXT.replace("python", "x".repeat(65)))) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, () -> client().create("python", Optional.empty()));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|Language cobol is not supported; there are python|LANGUAGE_UNAVAILABLE",
        "400|The working directory /x does not exist|CWD_NOT_FOUND",
        "400|something else|INVALID_REQUEST",
        "404|Context x not found|GUEST_UNREACHABLE",
        "429|The sandbox has 100 contexts|TOO_MANY_CONTEXTS",
        "500||GUEST_UNREACHABLE",
        "503|no kernel|INTERPRETER_UNAVAILABLE",
        "507|no memory|TOO_MANY_CONTEXTS",
        "307||GUEST_UNREACHABLE"
      })
  void aRefusalIsTold(int status, String text, ErrorCode code) throws Exception {
    try (ScriptedGuest _ = answering(status, text == null ? "" : text)) {
      assertThatThrownBy(() -> client().create("python", Optional.empty()))
          .asInstanceOf(type(OmniRunException.class))
          .satisfies(failure -> assertThat(failure.code()).isEqualTo(code))
          .satisfies(
              failure ->
                  assertThat(failure)
                      .hasMessage(
                          text == null ? "the sandbox's interpreter answered " + status : text));
    }
  }

  @Test
  void anUnknownContextIsNotFoundAndABusyOneIsFull() throws Exception {
    try (ScriptedGuest _ = answering(404, "Context a-1 not found")) {
      assertFails(ErrorCode.CONTEXT_NOT_FOUND, this::execute);
      assertFails(ErrorCode.CONTEXT_NOT_FOUND, () -> client().delete("a-1"));
    }
    socket = folder.resolve("other.sock");
    try (ScriptedGuest _ = answering(429, "waiting")) {
      assertFails(ErrorCode.CAPACITY_EXHAUSTED, this::execute);
    }
  }

  @Test
  void theTextOfARefusalIsCut() throws Exception {
    try (ScriptedGuest _ = answering(404, "x".repeat(100_000))) {
      assertThatThrownBy(() -> client().delete("a-1"))
          .satisfies(failure -> assertThat(failure.getMessage()).hasSize(1000));
    }
  }

  @Test
  void aClosedPortIsNoInterpreter() throws Exception {
    try (ScriptedGuest _ =
        ScriptedGuest.start(socket, (input, output) -> readThrough(input, "\n"))) {
      assertFails(ErrorCode.INTERPRETER_UNAVAILABLE, () -> client().contexts());
      assertFails(ErrorCode.INTERPRETER_UNAVAILABLE, this::execute);
    }
  }

  @Test
  void aGuestThatIsNotThereIsLost() {
    assertFails(ErrorCode.GUEST_UNREACHABLE, () -> client().contexts());
  }

  @Test
  void anAnswerWithoutEndIsGivenUp() throws Exception {
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              takeRequest(input);
              output.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"));
              while (true) {
                output.write(new byte[64 * 1024]);
              }
            })) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, () -> client().contexts());
    }
  }

  @Test
  void anExecutionIsToldEventByEvent() throws Exception {
    String result =
        "{\"type\":\"result\",\"text\":\"<b>\",\"png\":\"iV\\nBO\\n\",\"html\":null,"
            + "\"json\":{\"b\":[1.50,null]},\"extra\":{\"x\":1},\"is_main_result\":true}";
    try (ScriptedGuest _ =
        answering(
            200,
            "{\"type\":\"number_of_executions\",\"execution_count\":3}\n"
                + "{\"type\":\"keepalive\"}\n"
                + "{\"type\":\"stdout\",\"text\":\"ü\\n\",\"timestamp\":\"x\"}\n"
                + "{\"type\":\"stderr\",\"text\":\"e\"}\n"
                + "{\"type\":\"of_tomorrow\",\"text\":7}\n"
                + result
                + "\n"
                + "{\"type\":\"error\",\"name\":\"E\",\"value\":\"v\",\"traceback\":\"t\"}\n"
                + END)) {
      assertThat(toEnd())
          .containsExactly(
              new ExecutionEvent.Begun(3),
              new ExecutionEvent.Printed(Channel.STDOUT, "ü\n"),
              new ExecutionEvent.Printed(Channel.STDERR, "e"),
              new ExecutionEvent.Shown(
                  new RichResult(
                      Map.of(
                          ResultFormat.TEXT, "<b>",
                          ResultFormat.PNG, "iVBO",
                          ResultFormat.JSON, "{\"b\":[1.5,null]}"))),
              new ExecutionEvent.Failed("E", "v", "t"),
              new ExecutionEvent.Ended());
      toEnd();
    }
    assertThat(requests)
        .containsExactly(
            "CONNECT 49999",
            "POST /execute HTTP/1.1 {\"code\":\"1+1\",\"context_id\":\"a-1\"}",
            "POST /execute HTTP/1.1 {\"code\":\"1+1\",\"context_id\":\"a-1\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "7",
        "[]",
        "{}",
        "{\"type\":7}",
        "{\"type\":\"stdout\"}",
        "{\"type\":\"stdout\",\"text\":[]}",
        "{\"type\":\"number_of_executions\",\"execution_count\":\"1\"}",
        "{\"type\":\"number_of_executions\",\"execution_count\":-1}",
        "{\"type\":\"number_of_executions\",\"execution_count\":99999999999}",
        "{\"text\":\"a\",\"type\":\"result\",\"png\":[1]}",
        "{\"type\":[\"result\"],\"png\":[1]}",
        "{\"type\":\"error\",\"name\":\"E\"}",
        "{\"type\":\"stdout\",\"text\":\"a\"} {}",
        "{\"type\":\"stdout\",\"text\":\"a"
      })
  void aLineThatIsNoMessageIsNotBelieved(String line) throws Exception {
    assertLost(line + "\n" + END);
  }

  @Test
  void deepNestingIsNotBelieved() throws Exception {
    assertLost("{\"type\":\"stdout\",\"json\":" + "[".repeat(100_000) + "\n" + END);
  }

  private static String nested(int depth) {
    return "{\"type\":\"result\",\"json\":" + "[".repeat(depth) + "]".repeat(depth) + "}";
  }

  static Stream<String> resultsThatCannotBeRead() {
    return Stream.of(
        nested(1_000),
        nested(100_000),
        "{\"type\":\"result\",\"json\":" + "[".repeat(100_000),
        "{\"type\": \"result\", \"json\": " + "9".repeat(2_000) + "}",
        "{\"type\":\"result\",\"json\":NaN}",
        "{\"type\":\"result\",\"png\":[1]}");
  }

  @ParameterizedTest
  @MethodSource("resultsThatCannotBeRead")
  void aResultThatCannotBeReadIsLeftOutAndTheRestIsTold(String result) throws Exception {
    try (ScriptedGuest _ =
        answering(200, result + "\n{\"type\":\"stdout\",\"text\":\"a\"}\n" + END)) {
      assertThat(toEnd())
          .containsExactly(
              new ExecutionEvent.LeftOut(false, "it is malformed, or nested too deeply"),
              new ExecutionEvent.Printed(Channel.STDOUT, "a"),
              new ExecutionEvent.Ended());
    }
  }

  @Test
  void aResultIsNestedAsDeeplyAsTheParserTakesIt() throws Exception {
    try (ScriptedGuest _ = answering(200, nested(999) + "\n" + END)) {
      assertThat(toEnd().getFirst()).isInstanceOf(ExecutionEvent.Shown.class);
    }
  }

  @Test
  void whatIsNoTextInAFormatOfTextBecomesItsJson() throws Exception {
    try (ScriptedGuest _ =
        answering(
            200,
            "{\"type\":\"result\",\"text\":7,\"html\":{\"a\":[true,\"\\ud800\"]},\"latex\":false}\n"
                + END)) {
      assertThat(toEnd())
          .startsWith(
              new ExecutionEvent.Shown(
                  new RichResult(
                      Map.of(
                          ResultFormat.TEXT, "7",
                          ResultFormat.HTML, "{\"a\":[true,\"?\"]}",
                          ResultFormat.LATEX, "false"))));
    }
  }

  @Test
  void bytesThatAreNoUtf8AreNotBelieved() throws Exception {
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              takeRequest(input);
              beginStream(output);
              output.write(ascii("1c\r\n{\"type\":\"stdout\",\"text\":\""));
              output.write(0xFF);
              output.write(ascii("\"}\r\n"));
              chunk(output, "\n" + END);
              input.read();
            })) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, this::toEnd);
    }
  }

  @Test
  void halvesOfCharactersAreReplaced() throws Exception {
    try (ScriptedGuest _ =
        answering(
            200,
            "{\"type\":\"stdout\",\"text\":\"\\ud800x\"}\n"
                + "{\"type\":\"result\",\"json\":{\"a\":\"\\udc00\\ud83d\\ude00\"}}\n"
                + END)) {
      assertThat(toEnd())
          .startsWith(
              new ExecutionEvent.Printed(Channel.STDOUT, "?x"),
              new ExecutionEvent.Shown(
                  new RichResult(Map.of(ResultFormat.JSON, "{\"a\":\"?😀\"}"))));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{\"type\":\"keepalive\"}\n", "{\"type\":\"stdout\",\"text\":\"a\"}\n"})
  void anExecutionThatEndsWithoutItsEndIsLost(String lines) throws Exception {
    assertLost(lines);
  }

  @Test
  void aConnectionThatIsCutIsALostGuest() throws Exception {
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              takeRequest(input);
              beginStream(output);
              chunk(output, "{\"type\":\"stdout\",\"text\":\"a\"}\n{\"type\":\"std");
            })) {
      try (ExecutionStream stream = execute()) {
        assertThat(stream.next()).isPresent();
        assertFails(ErrorCode.GUEST_UNREACHABLE, stream::next);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"result\",\"png\":\"|false",
        "{\"type\": \"stdout\", \"text\": \"|false",
        "{\"type\":\"error\",\"name\":\"E\",\"value\":\"|true",
        "{ \"type\" : \"error\", \"name\": \"E\", \"value\": \"|true",
        "{\"name\":\"E\",\"type\":\"error\",\"value\":\"|true",
        "{\"value\":\"|true",
        "nonsense|true"
      })
  void aHugeMessageIsLeftOutAndTheRestIsTold(String beginning, boolean mayBeError)
      throws Exception {
    String megabyte = "x".repeat(1024 * 1024);
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              takeRequest(input);
              beginStream(output);
              chunk(output, beginning);
              for (int i = 0; i < 50; i++) {
                chunk(output, megabyte);
              }
              chunk(output, "\"}\n{\"type\":\"stdout\",\"text\":\"a\"}\n" + END);
              output.write(ascii("0\r\n\r\n"));
              input.read();
            })) {
      assertThat(toEnd())
          .containsExactly(
              new ExecutionEvent.LeftOut(mayBeError, "it has more than 8,388,608 bytes"),
              new ExecutionEvent.Printed(Channel.STDOUT, "a"),
              new ExecutionEvent.Ended());
    }
  }

  @Test
  void aGuestThatIsSilentForTooLongIsLost() throws Exception {
    try (ScriptedGuest _ =
            answering(
                (input, output) -> {
                  takeRequest(input);
                  beginStream(output);
                  chunk(output, "{\"type\":\"stdout\",\"text\":\"a\"}\n");
                  input.read();
                });
        ExecutionStream stream =
            new InterpreterClient(http, socket, memory, Duration.ofMillis(300))
                .execute("a-1", "x", new CompletableFuture<>())) {
      assertThat(stream.next()).isPresent();
      assertFails(ErrorCode.GUEST_UNREACHABLE, stream::next);
    }
  }

  @Test
  void anExecutionThatIsLetGoHoldsNoConnection() throws Exception {
    CompletableFuture<Integer> hungUp = new CompletableFuture<>();
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              takeRequest(input);
              beginStream(output);
              chunk(output, "{\"type\":\"stdout\",\"text\":\"a\"}\n");
              hungUp.complete(input.read());
            })) {
      ExecutionStream stream = execute();
      assertThat(stream.next()).isPresent();
      stream.close();
      assertThat(hungUp.get(30, TimeUnit.SECONDS)).isEqualTo(-1);
    }
  }

  @Test
  void whoeverWaitsIsLetGoWhenItIsClosedOrTheCallerGone() throws Exception {
    CompletableFuture<Void> callerGone = new CompletableFuture<>();
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              takeRequest(input);
              callerGone.complete(null);
              input.read();
            })) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, () -> client().execute("a-1", "x", callerGone));
    }
    socket = folder.resolve("other.sock");
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              takeRequest(input);
              beginStream(output);
              output.flush();
              input.read();
            })) {
      ExecutionStream stream = execute();
      Thread closing = Thread.ofVirtual().start(stream::close);
      assertFails(ErrorCode.GUEST_UNREACHABLE, stream::next);
      closing.join();
    }
  }

  @Test
  void anAnswerIsTakenToItsEndSoThatItsConnectionServesTheNext() throws Exception {
    CompletableFuture<Void> told = new CompletableFuture<>();
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              while (true) {
                takeRequest(input);
                beginStream(output);
                chunk(output, END);
                told.join();
                output.write(ascii("0\r\n\r\n"));
                output.flush();
              }
            })) {
      try (ExecutionStream stream = execute()) {
        assertThat(stream.next()).hasValue(new ExecutionEvent.Ended());
        told.complete(null);
      }
      toEnd();
    }
    assertThat(requests).hasSize(3);
  }

  @Test
  void anAnswerThatGoesOnBehindItsEndIsGivenUp() throws Exception {
    CompletableFuture<Integer> hungUp = new CompletableFuture<>();
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              takeRequest(input);
              beginStream(output);
              chunk(output, END);
              hungUp.complete(input.read());
            })) {
      assertThat(toEnd()).containsExactly(new ExecutionEvent.Ended());
      assertThat(hungUp.get(30, TimeUnit.SECONDS)).isEqualTo(-1);
    }
  }
}
