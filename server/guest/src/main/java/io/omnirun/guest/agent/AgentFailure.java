package io.omnirun.guest.agent;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.InterruptedIOException;

/** Makes our errors of what goes wrong between us and an agent. */
final class AgentFailure {
  private AgentFailure() {}

  /** There was no answer, or one that is not to be believed. */
  static OmniRunException lost(Throwable cause) {
    if (cause instanceof InterruptedException || cause instanceof InterruptedIOException) {
      Thread.currentThread().interrupt();
    }
    return new OmniRunException(
        ErrorCode.GUEST_UNREACHABLE, "the sandbox's agent does not answer", cause);
  }

  /** The agent said no. */
  static OmniRunException refused(AgentService service, AgentRefusal refusal) {
    ErrorCode code =
        service == AgentService.FILES ? fileError(refusal) : callError(service, refusal);
    String text =
        code == ErrorCode.INPUT_NOT_TAKEN
            ? "the process does not read its input; it may have got a part"
            : refusal.text();
    return new OmniRunException(code, text, refusal);
  }

  private static ErrorCode callError(AgentService service, AgentRefusal refusal) {
    return switch (refusal.code()) {
      case "not_found" -> service.notFound();
      case "unauthenticated" -> unauthenticated(refusal);
      case "permission_denied" -> ErrorCode.PERMISSION_DENIED;
      case "resource_exhausted" -> exhausted(refusal);
      case "invalid_argument" -> invalid(service, refusal.text());
      case "already_exists", "failed_precondition", "unimplemented" -> ErrorCode.INVALID_REQUEST;
      // Only the time for input is told to the agent.
      case "deadline_exceeded" -> ErrorCode.INPUT_NOT_TAKEN;
      case "internal", "unknown" -> unexpected(refusal.text());
      default -> ErrorCode.GUEST_UNREACHABLE;
    };
  }

  /** A name that nobody has; a wrong token is no fault of the caller. */
  private static ErrorCode unauthenticated(AgentRefusal refusal) {
    return refusal.text().startsWith("invalid username")
        ? ErrorCode.USER_NOT_FOUND
        : ErrorCode.GUEST_UNREACHABLE;
  }

  private static ErrorCode exhausted(AgentRefusal refusal) {
    String text = refusal.text();
    if (text.startsWith("there are more than") || text.startsWith("there are more directories")) {
      return ErrorCode.INVALID_REQUEST;
    }
    return text.contains("space") || text.contains("quota")
        ? ErrorCode.DISK_FULL
        : ErrorCode.CAPACITY_EXHAUSTED;
  }

  private static ErrorCode invalid(AgentService service, String text) {
    if (text.startsWith("cwd ")) {
      return ErrorCode.CWD_NOT_FOUND;
    }
    if (text.contains("too large")) {
      return ErrorCode.COMMAND_TOO_LARGE;
    }
    if (text.contains("not a directory")) {
      return ErrorCode.NOT_A_DIRECTORY;
    }
    return service == AgentService.FILESYSTEM ? ErrorCode.INVALID_PATH : ErrorCode.INVALID_REQUEST;
  }

  /**
   * E2B's clients want these codes of the agent where the caller asked for something impossible.
   */
  private static ErrorCode unexpected(String text) {
    if (text.startsWith("stdin is not available")) {
      return ErrorCode.PROCESS_ENDED;
    }
    if (text.startsWith("the process has no terminal")) {
      return ErrorCode.PROCESS_NOT_FOUND;
    }
    return text.contains("stdin") || text.contains("terminal")
        ? ErrorCode.INVALID_REQUEST
        : ErrorCode.GUEST_UNREACHABLE;
  }

  private static ErrorCode fileError(AgentRefusal refusal) {
    return switch (refusal.code()) {
      case "400" -> badFile(refusal.text());
      case "401" -> unauthenticated(refusal);
      case "403" -> ErrorCode.PERMISSION_DENIED;
      case "404" -> ErrorCode.FILE_NOT_FOUND;
      case "409" -> ErrorCode.INVALID_REQUEST;
      case "416" -> ErrorCode.RANGE_NOT_SATISFIABLE;
      case "507" -> ErrorCode.DISK_FULL;
      default -> ErrorCode.GUEST_UNREACHABLE;
    };
  }

  /** What the agent's own texts say, or those of the system's errors. */
  private static ErrorCode badFile(String text) {
    if (text.endsWith("not a directory")) {
      return ErrorCode.NOT_A_DIRECTORY;
    }
    return text.startsWith("path must")
            || text.startsWith("path is longer")
            || text.endsWith("too many levels of symbolic links")
            || text.endsWith("file name too long")
        ? ErrorCode.INVALID_PATH
        : ErrorCode.NOT_A_FILE;
  }
}
