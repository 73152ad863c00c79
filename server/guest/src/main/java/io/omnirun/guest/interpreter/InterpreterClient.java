package io.omnirun.guest.interpreter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.guest.agent.AnswerListener;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.guest.agent.StreamedAnswer;
import io.omnirun.model.CodeContext;
import io.omnirun.model.GuestPorts;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;

/**
 * The client of one guest's interpreter. Calls block; they throw {@link OmniRunException} with
 * INTERPRETER_UNAVAILABLE if there is none, GUEST_UNREACHABLE if it does not answer in time or not
 * as it should, and the code that fits when it refuses. Whatever it answers is bounded.
 * Thread-safe; holds nothing that must be closed.
 */
public final class InterpreterClient {
  /** A kernel of an emulated guest that is busy may need a minute to start. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(90);

  /** It says every five seconds that it is there; one of a loaded host may miss some. */
  private static final Duration LOST_AFTER = Duration.ofMinutes(2);

  /** A hundred contexts, each with a directory of the longest name. */
  private static final int MAX_ANSWER_BYTES = 1024 * 1024;

  /** An error is one text. */
  private static final int MAX_ERROR_BYTES = 64 * 1024;

  private static final String CONTEXTS = "/contexts";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final GuestHttp http;
  private final Path socket;
  private final MessageMemory memory;
  private final Duration lostAfter;

  /**
   * Connects to nothing yet.
   *
   * @param http shared by all guests; outlives this client
   * @param socket the guest's, with the CONNECT handshake: a machine's name for ever
   * @param memory shared by all guests
   */
  public InterpreterClient(GuestHttp http, Path socket, MessageMemory memory) {
    this(http, socket, memory, LOST_AFTER);
  }

  InterpreterClient(GuestHttp http, Path socket, MessageMemory memory, Duration lostAfter) {
    this.http = http;
    this.socket = socket;
    this.memory = memory;
    this.lostAfter = lostAfter;
  }

  /** What is asked. */
  record Call(HttpMethod method, String path, byte[] body) {
    boolean isExecution() {
      return path.equals("/execute");
    }

    boolean isForContext() {
      return isExecution() || !path.equals(CONTEXTS);
    }
  }

  /**
   * Makes a context.
   *
   * @param cwd empty: where the interpreter begins
   */
  public CodeContext create(String language, Optional<String> cwd) {
    ObjectNode body = JSON.createObjectNode().put("language", language);
    cwd.ifPresent(directory -> body.put("cwd", directory));
    return ContextMessages.read(answer(post(CONTEXTS, body)));
  }

  /** All contexts, the newest last. */
  public List<CodeContext> contexts() {
    return ContextMessages.readAll(answer(new Call(HttpMethod.GET, CONTEXTS, new byte[0])));
  }

  /** Ends a context with what it executes. */
  public void delete(String id) {
    answer(new Call(HttpMethod.DELETE, path(id), new byte[0]));
  }

  /** Gives a context a new beginning; it keeps its id. */
  public CodeContext restart(String id) {
    return ContextMessages.read(answer(post(path(id) + "/restart", JSON.createObjectNode())));
  }

  /** Interrupts what a context executes, if it does. */
  public void interrupt(String id) {
    answer(post(path(id) + "/interrupt", JSON.createObjectNode()));
  }

  /**
   * Executes code in a context. The caller closes the stream; if that is before the end, the
   * interpreter interrupts the code.
   *
   * @param callerGone closes the stream when it completes, also while this waits
   */
  public ExecutionStream execute(String id, String code, CompletableFuture<?> callerGone) {
    Call call = post("/execute", JSON.createObjectNode().put("code", code).put("context_id", id));
    Request request = request(call).idleTimeout(lostAfter.toMillis(), TimeUnit.MILLISECONDS);
    callerGone.thenRun(() -> request.abort(new IOException("nobody waits for the execution")));
    InputStream lines = open(call, request, lostAfter);
    return new ExecutionStream(request, new StreamedAnswer(request, lines), memory);
  }

  private static String path(String id) {
    return CONTEXTS + "/" + id;
  }

  private static Call post(String path, JsonNode body) {
    return new Call(HttpMethod.POST, path, body.toString().getBytes(StandardCharsets.UTF_8));
  }

  private Request request(Call call) {
    Request request =
        http.request(socket, GuestPorts.INTERPRETER, call.path()).method(call.method());
    return call.method() == HttpMethod.POST
        ? request.body(new BytesRequestContent("application/json", call.body()))
        : request;
  }

  private byte[] answer(Call call) {
    Request request = request(call).timeout(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    try (InputStream answer = new StreamedAnswer(request, open(call, request, ANSWER_TIMEOUT))) {
      byte[] body = answer.readNBytes(MAX_ANSWER_BYTES + 1);
      if (body.length > MAX_ANSWER_BYTES) {
        throw new IOException("an answer of more than " + MAX_ANSWER_BYTES + " bytes");
      }
      return body;
    } catch (IOException e) {
      throw InterpreterFailure.lost(e);
    }
  }

  /** Sends a request and waits for a success; the caller closes the body. */
  private InputStream open(Call call, Request request, Duration timeout) {
    AnswerListener listener = new AnswerListener();
    request.send(listener);
    Response response = awaitHead(request, listener, timeout);
    if (HttpStatus.isSuccess(response.getStatus())) {
      return listener.getInputStream();
    }
    try (InputStream body = new StreamedAnswer(request, listener.getInputStream())) {
      throw InterpreterFailure.refused(
          call, response.getStatus(), body.readNBytes(MAX_ERROR_BYTES));
    } catch (IOException e) {
      throw InterpreterFailure.lost(e);
    }
  }

  private Response awaitHead(Request request, AnswerListener listener, Duration timeout) {
    try {
      return listener.awaitHead(request, http.alarms(), timeout);
    } catch (ExecutionException e) {
      throw InterpreterFailure.lost(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      throw InterpreterFailure.lost(e);
    }
  }
}
