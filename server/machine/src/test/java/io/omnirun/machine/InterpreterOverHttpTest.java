package io.omnirun.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.FinishedExecution;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.guest.interpreter.MessageMemory;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.ExecutionEvent;
import io.omnirun.model.ExecutionResult;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.ResultFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class InterpreterOverHttpTest {
  private static final String BEGUN = "{\"type\":\"number_of_executions\",\"execution_count\":5}\n";
  private static final String END = "{\"type\":\"end_of_execution\"}\n";
  private static final int PNG_CHARACTERS = 1_000_000;

  @TempDir Path folder;

  private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
  private final MessageMemory messages = MessageMemory.ofNode();
  private final OutputMemory outputs = OutputMemory.ofNode();
  private GuestHttp http;
  private InterpreterOverHttp interpreter;

  @BeforeEach
  void connect() {
    http = GuestHttp.start();
    interpreter =
        new InterpreterOverHttp(
            new GuestResources(http, outputs, messages, GuestCalls.NONE),
            folder.resolve("guest.sock"));
  }

  @AfterEach
  void close() {
    http.close();
  }

  private StandInInterpreter telling(String lines) throws IOException {
    return StandInInterpreter.start(folder.resolve("guest.sock"), lines, ends::add);
  }

  private FinishedExecution execute() {
    return interpreter.execute("a", "x", new CompletableFuture<>());
  }

  /** All that a node has can be taken again. */
  private void assertNothingIsHeld() {
    long all = 64L * 1024 * 1024;
    assertThat(messages.tryTake(all)).isTrue();
    messages.giveBack(all);
    assertThat(outputs.used()).isZero();
  }

  private static void assertFails(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            OmniRunException.class, failure -> assertThat(failure.code()).isEqualTo(code));
  }

  @Test
  void whatIsToldIsCollected() throws Exception {
    try (StandInInterpreter _ =
            telling(
                BEGUN
                    + "{\"type\":\"stdout\",\"text\":\"a\"}\n{\"type\":\"stderr\",\"text\":\"e\"}\n"
                    + "{\"type\":\"result\",\"text\":\"1\"}\n{\"type\":\"stdout\",\"text\":\"ü\\n\"}\n"
                    + "{\"type\":\"error\",\"name\":\"E\",\"value\":\"v\",\"traceback\":\"\"}\n"
                    + END);
        FinishedExecution finished = execute()) {
      ExecutionResult result = finished.result();
      assertThat(result.stdout()).isEqualTo("aü\n");
      assertThat(result.stderr()).isEqualTo("e");
      assertThat(result.error()).hasValue("E: v");
      assertThat(result.executionCount()).isEqualTo(5);
      assertThat(result.truncated()).isFalse();
      assertThat(result.results().getFirst().formats()).containsEntry(ResultFormat.TEXT, "1");
    }
    assertNothingIsHeld();
  }

  @Test
  void outputBeyondTheBoundLosesItsOldestPartAndSaysSo() throws Exception {
    String megabyte = "{\"type\":\"stdout\",\"text\":\"%s\"}\n".formatted("x".repeat(1 << 20));
    try (StandInInterpreter _ =
            telling(megabyte.repeat(17) + "{\"type\":\"stdout\",\"text\":\"end\"}\n" + END);
        FinishedExecution finished = execute()) {
      assertThat(finished.result().stdout()).hasSize(ExecutionOutput.KEPT_BYTES).endsWith("end");
      assertThat(finished.result().truncated()).isTrue();
    }
    assertNothingIsHeld();
  }

  private static String result(int number) {
    return "{\"type\":\"result\",\"text\":\"%d\",\"png\":\"%s\"}\n"
        .formatted(number, "x".repeat(PNG_CHARACTERS));
  }

  @Test
  void ofTooManyResultsTheNewestAreKept() throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      lines.append(result(i));
    }
    try (StandInInterpreter _ = telling(lines + END);
        FinishedExecution finished = execute()) {
      assertThat(finished.result().results()).hasSize(16);
      assertThat(finished.result().results().getLast().formats())
          .containsEntry(ResultFormat.TEXT, "29");
      assertThat(finished.result().truncated()).isTrue();
      assertThat(messages.tryTake(64L * 1024 * 1024 - 2 * 16 * PNG_CHARACTERS)).isFalse();
    }
    assertNothingIsHeld();
  }

  @Test
  void endlessEmptyResultsMeetABound() throws Exception {
    try (StandInInterpreter _ = telling("{\"type\":\"result\"}\n".repeat(300) + END);
        FinishedExecution finished = execute()) {
      assertThat(finished.result().results()).hasSize(ExecutionOutput.MAX_RESULTS);
      assertThat(finished.result().truncated()).isTrue();
    }
  }

  @Test
  void aResultThatIsTooLargeIsSaidOnStderr() throws Exception {
    try (StandInInterpreter _ =
            telling("{\"type\":\"result\",\"png\":\"%s\"}\n".formatted("x".repeat(9 << 20)) + END);
        FinishedExecution finished = execute()) {
      assertThat(finished.result().results()).isEmpty();
      assertThat(finished.result().stderr())
          .isEqualTo(
              "[something that was printed or shown is left out: it has more than 8,388,608"
                  + " bytes]\n");
      assertThat(finished.result().truncated()).isTrue();
      assertThat(finished.result().error()).isEmpty();
    }
  }

  private static String error(String value) {
    return "{\"type\":\"error\",\"name\":\"E\",\"value\":\"%s\",\"traceback\":\"\"}\n"
        .formatted(value);
  }

  @Test
  void anErrorThatIsTooLargeIsOneAllTheSame() throws Exception {
    try (StandInInterpreter _ = telling(error("x".repeat(9 << 20)) + END);
        FinishedExecution finished = execute()) {
      String said =
          "[the error with which this code failed, or something else that it told, is left out: it"
              + " has more than 8,388,608 bytes]";
      assertThat(finished.result().error()).hasValue(said);
      assertThat(finished.result().stderr()).isEqualTo(said + "\n");
      assertThat(finished.result().truncated()).isTrue();
    }
  }

  @Test
  void anErrorThatIsToldCountsMoreThanWhatIsLeftOut() throws Exception {
    String nobodyKnows = "x".repeat(9 << 20) + "\n";
    try (StandInInterpreter _ = telling(nobodyKnows + error("v") + nobodyKnows + END);
        FinishedExecution finished = execute()) {
      assertThat(finished.result().error()).hasValue("E: v");
    }
  }

  @Test
  void withoutMemoryResultsAreLeftOutAndTheExecutionGoesOn() throws Exception {
    assertThat(messages.tryTake(60L * 1024 * 1024)).isTrue();
    try (StandInInterpreter _ =
            telling(result(1) + result(2) + "{\"type\":\"stdout\",\"text\":\"a\"}\n" + END);
        FinishedExecution finished = execute()) {
      assertThat(finished.result().stderr()).contains("no memory");
      assertThat(finished.result().stdout()).isEqualTo("a");
    }
    messages.giveBack(60L * 1024 * 1024);
    assertNothingIsHeld();
  }

  @Test
  void anExecutionThatBreaksOffGivesAllBack() throws Exception {
    try (StandInInterpreter _ = telling(result(1) + "nonsense\n")) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, this::execute);
    }
    assertNothingIsHeld();
  }

  @Test
  void executionsThatNeverEndLeaveRoomForOthersAndAreLetGo() throws Exception {
    try (StandInInterpreter _ = telling(BEGUN)) {
      List<GuestSequence<ExecutionEvent>> open = new ArrayList<>();
      for (int i = 0; i < InterpreterOverHttp.MAX_EXECUTIONS; i++) {
        open.add(interpreter.follow("a", "x"));
      }
      assertFails(ErrorCode.CAPACITY_EXHAUSTED, () -> interpreter.follow("a", "x"));
      assertFails(ErrorCode.CAPACITY_EXHAUSTED, this::execute);
      open.getFirst().close();
      open.getFirst().close();
      assertThat(ends.poll(30, TimeUnit.SECONDS)).isEqualTo("let go");
      GuestSequence<ExecutionEvent> next = interpreter.follow("a", "x");
      assertFails(ErrorCode.CAPACITY_EXHAUSTED, () -> interpreter.follow("a", "x"));
      next.close();
      open.forEach(GuestSequence::close);
    }
  }

  @Test
  void aCallerThatHasGoneInterrupts() throws Exception {
    CompletableFuture<Void> callerGone = new CompletableFuture<>();
    try (StandInInterpreter _ = telling(BEGUN)) {
      Thread leaving =
          Thread.ofVirtual()
              .start(
                  () ->
                      assertFails(
                          ErrorCode.GUEST_UNREACHABLE,
                          () -> interpreter.execute("a", "x", callerGone)));
      callerGone.complete(null);
      leaving.join();
      assertNothingIsHeld();
    }
  }
}
