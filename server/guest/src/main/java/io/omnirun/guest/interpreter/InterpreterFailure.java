package io.omnirun.guest.interpreter;

import io.omnirun.guest.PortClosedException;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;

/** Makes our errors of what goes wrong between us and an interpreter. */
final class InterpreterFailure {
  /** Enough for what is wrong with a path of usual length. */
  private static final int MAX_MESSAGE_CHARACTERS = 1000;

  private InterpreterFailure() {}

  /** There was no answer, or one that is not to be believed. */
  static OmniRunException lost(Throwable cause) {
    if (cause instanceof InterruptedException || cause instanceof InterruptedIOException) {
      Thread.currentThread().interrupt();
    }
    if (cause instanceof PortClosedException) {
      return new OmniRunException(
          ErrorCode.INTERPRETER_UNAVAILABLE, "no interpreter runs in the sandbox", cause);
    }
    return new OmniRunException(
        ErrorCode.GUEST_UNREACHABLE,
        "the sandbox's interpreter does not answer, or not as it should",
        cause);
  }

  /**
   * The interpreter said no.
   *
   * @param body in plain text
   */
  static OmniRunException refused(InterpreterClient.Call call, int status, byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).strip();
    String shown =
        text.isEmpty()
            ? "the sandbox's interpreter answered " + status
            : text.substring(0, Math.min(text.length(), MAX_MESSAGE_CHARACTERS));
    return new OmniRunException(code(call, status, text), shown);
  }

  private static ErrorCode code(InterpreterClient.Call call, int status, String text) {
    return switch (status) {
      case 400 -> badRequest(text);
      case 404 -> call.isForContext() ? ErrorCode.CONTEXT_NOT_FOUND : ErrorCode.GUEST_UNREACHABLE;
      case 413 -> ErrorCode.COMMAND_TOO_LARGE;
      case 429 -> call.isExecution() ? ErrorCode.CAPACITY_EXHAUSTED : ErrorCode.TOO_MANY_CONTEXTS;
      case 503 -> ErrorCode.INTERPRETER_UNAVAILABLE;
      case 507 -> ErrorCode.TOO_MANY_CONTEXTS;
      default -> ErrorCode.GUEST_UNREACHABLE;
    };
  }

  /** What the interpreter's own texts say. */
  private static ErrorCode badRequest(String text) {
    if (text.startsWith("Language ")) {
      return ErrorCode.LANGUAGE_UNAVAILABLE;
    }
    return text.startsWith("The working directory ")
        ? ErrorCode.CWD_NOT_FOUND
        : ErrorCode.INVALID_REQUEST;
  }
}
