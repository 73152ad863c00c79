package io.omnirun.guest.agent;

import static io.omnirun.guest.ScriptedGuest.ascii;
import static io.omnirun.guest.ScriptedGuest.readThrough;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.omnirun.guest.ScriptedGuest;
import io.omnirun.guest.ScriptedGuest.Script;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.StartRequest;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a guest may answer without doing the host any harm. */
@Timeout(60)
class HostileAgentTest {
  private static final String OK_HEAD = "HTTP/1.1 200 OK\r\n";
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";

  @TempDir Path folder;

  private final CompletableFuture<String> request = new CompletableFuture<>();
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
  }

  private AgentClient agent() {
    return new AgentClient(http, socket, () -> "token");
  }

  /** A guest that joins the port, takes a request without its body, and then does as it is told. */
  private ScriptedGuest answering(Script script) throws IOException {
    return ScriptedGuest.start(
        socket,
        (input, output) -> {
          readThrough(input, "\n");
          output.write(ascii("OK 1\n"));
          request.complete(readThrough(input, "\r\n\r\n"));
          script.run(input, output);
        });
  }

  /** A guest whose whole answer is a text; it then keeps the connection. */
  private ScriptedGuest answering(String answer) throws IOException {
    return answering(
        (input, output) -> {
          output.write(ascii(answer));
          while (input.read() >= 0) {
            output.flush();
          }
        });
  }

  private static AbstractStringAssert<?> assertFails(ErrorCode code, ThrowingCallable call) {
    return assertThatThrownBy(call)
        .asInstanceOf(type(OmniRunException.class))
        .satisfies(failure -> assertThat(failure.code()).isEqualTo(code))
        .extracting(failure -> String.valueOf(failure.getMessage()))
        .asInstanceOf(STRING);
  }

  private void assertUnreachable(String answer) throws IOException {
    try (ScriptedGuest _ = answering(answer)) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, agent()::health).isNotEmpty();
    }
  }

  private static void drain(ProcessStream stream) {
    Optional<ProcessEvent> event = stream.next();
    while (event.isPresent()) {
      event = stream.next();
    }
  }

  private void assertStreamIsLost(String body) throws IOException {
    String chunk = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
    try (ScriptedGuest _ = answering(OK_HEAD + CHUNKED + chunk)) {
      assertFails(
              ErrorCode.GUEST_UNREACHABLE,
              () -> {
                try (ProcessStream stream = agent().start(StartRequest.getDefaultInstance())) {
                  drain(stream);
                }
              })
          .isNotEmpty();
    }
  }

  @Test
  void aRequestSaysNoMoreThanItMust() throws Exception {
    assertUnreachable(OK_HEAD + "Content-Length: 1\r\n\r\nx");
    assertThat(request.get(60, TimeUnit.SECONDS))
        .startsWith("POST /omnirun.guest.v1.Guest/Health HTTP/1.1\r\n")
        .containsOnlyOnce("X-Access-Token: token\r\n")
        .doesNotContainIgnoringCase("user-agent")
        .doesNotContainIgnoringCase("accept-encoding");
  }

  @Test
  void anAnswerWithoutEndIsGivenUpAndItsConnectionClosed() throws Exception {
    CompletableFuture<IOException> refused = new CompletableFuture<>();
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              output.write(ascii(OK_HEAD + "Content-Length: 1000000000000\r\n\r\n"));
              refused.complete(writeUntilRefused(output));
            })) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, agent()::health).isNotEmpty();
      assertThat(refused.get(60, TimeUnit.SECONDS)).isNotNull();
    }
  }

  private static IOException writeUntilRefused(OutputStream output) {
    byte[] zeros = new byte[64 * 1024];
    try {
      while (true) {
        output.write(zeros);
      }
    } catch (IOException e) {
      return e;
    }
  }

  @Test
  void aStreamThatIsSilentForTooLongIsLost() throws Exception {
    KeepAlive brief = new KeepAlive(Duration.ofSeconds(1), Duration.ofMillis(300));
    String start = "\0\0\0\0\0";
    try (ScriptedGuest _ = answering(OK_HEAD + CHUNKED + "5\r\n" + start + "\r\n");
        ProcessStream stream =
            new AgentClient(http, socket, () -> "", brief)
                .start(StartRequest.getDefaultInstance())) {
      assertThat(stream.next()).isPresent();
      assertFails(ErrorCode.GUEST_UNREACHABLE, stream::next).isNotEmpty();
    }
    assertThat(request.get(60, TimeUnit.SECONDS)).contains("Keepalive-Ping-Interval: 1\r\n");
  }

  @Test
  void anAnswerThatIsNoHttpIsNotBelieved() throws Exception {
    assertUnreachable("nonsense\r\n\r\n");
  }

  @Test
  void anAnswerThatIsNoMessageIsNotBelieved() throws Exception {
    assertUnreachable(OK_HEAD + "Content-Length: 4\r\n\r\nnope");
  }

  @Test
  void headersWithoutEndAreNotCollected() throws Exception {
    assertUnreachable(OK_HEAD + "X: " + "x".repeat(100_000) + "\r\n\r\n");
  }

  @Test
  void aGuestSendsNobodyElsewhere() throws Exception {
    assertUnreachable(
        "HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  }

  @Test
  void aChallengeIsARefusalLikeOthers() throws Exception {
    assertUnreachable("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\n{}");
  }

  @Test
  void theTextOfAnErrorIsCut() throws Exception {
    String error = "{\"code\":\"not_found\",\"message\":\"" + "x".repeat(50_000) + "\"}";
    String answer = "HTTP/1.1 404 No\r\nContent-Length: " + error.length() + "\r\n\r\n" + error;
    try (ScriptedGuest _ = answering(answer)) {
      assertFails(ErrorCode.PROCESS_NOT_FOUND, agent()::health).hasSize(1000);
    }
  }

  @Test
  void anErrorWithoutEndIsCut() throws Exception {
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              output.write(ascii("HTTP/1.1 500 No\r\nContent-Length: 1000000000000\r\n\r\n"));
              assertThat(writeUntilRefused(output)).isNotNull();
            })) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, agent()::health).isNotEmpty();
    }
  }

  @Test
  void aConnectionThatEndsInAnAnswerIsALostGuest() throws Exception {
    try (ScriptedGuest _ =
        answering(
            (input, output) -> output.write(ascii(OK_HEAD + "Content-Length: 10\r\n\r\nhalf")))) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, agent()::health).isNotEmpty();
    }
  }

  @Test
  void aPortThatIsClosedIsALostGuest() throws Exception {
    try (ScriptedGuest _ =
        ScriptedGuest.start(socket, (input, output) -> readThrough(input, "\n"))) {
      assertFails(ErrorCode.GUEST_UNREACHABLE, agent()::health).isNotEmpty();
    }
  }

  @Test
  void aMessageOfAStreamHasABound() throws Exception {
    assertStreamIsLost("\0\177\377\377\377");
  }

  @Test
  void anEnvelopeOfAnUnknownKindIsNotTaken() throws Exception {
    assertStreamIsLost("\1\0\0\0\0");
  }

  @Test
  void aStreamThatEndsWithoutItsEndIsLost() throws Exception {
    assertStreamIsLost("\0\0\0\0\0");
  }

  @Test
  void anEndThatIsNoJsonIsNotBelieved() throws Exception {
    assertStreamIsLost("\2\0\0\0\1x");
  }

  @Test
  void bytesAfterTheEndAreNotTaken() throws Exception {
    assertStreamIsLost("\2\0\0\0\2{}more");
  }

  @Test
  void aStreamThatIsLetGoHoldsNoConnectionThoughTheGuestSaysNothingMore() throws Exception {
    CompletableFuture<Boolean> hungUp = new CompletableFuture<>();
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              output.write(ascii(OK_HEAD + CHUNKED + "5\r\n\0\0\0\0\0\r\n"));
              output.flush();
              hungUp.complete(readToEnd(input));
            })) {
      agent().start(StartRequest.getDefaultInstance()).close();

      assertThat(hungUp.get(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aCallerThatIsGoneDoesNotWaitForTheNextEvent() throws Exception {
    CompletableFuture<Void> callerGone = new CompletableFuture<>();
    try (ScriptedGuest _ = answering(OK_HEAD + CHUNKED + "5\r\n\0\0\0\0\0\r\n");
        ProcessStream stream = agent().start(StartRequest.getDefaultInstance(), callerGone)) {
      assertThat(stream.next()).isPresent();
      Thread.startVirtualThread(() -> callerGone.complete(null));

      assertFails(ErrorCode.GUEST_UNREACHABLE, stream::next).isNotEmpty();
    }
  }

  @Test
  void norForTheFirst() throws Exception {
    CompletableFuture<Void> callerGone = new CompletableFuture<>();
    try (ScriptedGuest _ =
        answering(
            (input, output) -> {
              output.write(ascii(OK_HEAD + CHUNKED));
              callerGone.complete(null);
              readToEnd(input);
            })) {
      assertFails(
              ErrorCode.GUEST_UNREACHABLE,
              () -> agent().start(StartRequest.getDefaultInstance(), callerGone))
          .isNotEmpty();
    }
  }

  private static boolean readToEnd(InputStream input) throws IOException {
    while (input.read() >= 0) {
      // The rest of the request.
    }
    return true;
  }
}
