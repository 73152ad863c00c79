package io.omnirun.machine.firecracker;

import io.omnirun.machine.HostDetailException;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.List;

/**
 * Turns what Firecracker's API refuses into our errors, its text kept as their cause: the messages
 * are shown to tenants. Its texts are told by what stays the same in them: the part that the C
 * library writes differs from build to build, but for the number of the error (facts: {@code os
 * error N}).
 */
final class ApiFailure {
  /** ENOSPC and EDQUOT. */
  private static final List<String> DISK_FULL = List.of("os error 28)", "os error 122)");

  /** ENOMEM. */
  private static final List<String> NO_MEMORY = List.of("os error 12)");

  /** EACCES and EPERM. */
  private static final List<String> NO_PERMISSION = List.of("os error 13)", "os error 1)");

  /** What a snapshot is refused for that this Firecracker has not written, or not like this. */
  private static final List<String> BAD_SNAPSHOT =
      List.of(
          "Invalid data version",
          "CRC64 validation failed",
          "File too short to contain CRC",
          "Magic value does not match",
          "Failed to load guest memory",
          "Failed to load snapshot state from file");

  private ApiFailure() {}

  /** Of an answer that is a refusal. */
  static OmniRunException refused(String call, String fault) {
    if (isAny(fault, DISK_FULL)) {
      return failure(
          ErrorCode.NO_SPACE,
          "this server's disk is full; its operator must free some",
          call,
          fault);
    }
    if (isAny(fault, NO_MEMORY)) {
      return failure(
          ErrorCode.CAPACITY_EXHAUSTED,
          "this server has no memory left for another sandbox; end some, or try again later",
          call,
          fault);
    }
    if (isAny(fault, BAD_SNAPSHOT)) {
      return failure(
          ErrorCode.TEMPLATE_NOT_READY,
          "the snapshot is damaged or another Firecracker's; it must be built again",
          call,
          fault);
    }
    if (isAny(fault, NO_PERMISSION)) {
      return failure(
          ErrorCode.MACHINE_FAILED,
          "Firecracker may not use one of its files or devices; see that its user may",
          call,
          fault);
    }
    return failure(
        ErrorCode.MACHINE_FAILED,
        "Firecracker refused what was asked of it; the server's log says why",
        call,
        fault);
  }

  private static OmniRunException failure(
      ErrorCode code, String advice, String call, String fault) {
    return new OmniRunException(code, advice, new HostDetailException(call + ": " + fault));
  }

  private static boolean isAny(String fault, List<String> texts) {
    return texts.stream().anyMatch(fault::contains);
  }

  /** Of a call that had no answer. */
  static OmniRunException unreachable(String call, Exception cause) {
    return new OmniRunException(
        ErrorCode.MACHINE_FAILED,
        "the virtual machine monitor cannot be reached",
        new HostDetailException(call + ": " + cause.getMessage(), cause));
  }

  static OmniRunException unreadable(String call, Exception cause) {
    return new OmniRunException(
        ErrorCode.MACHINE_FAILED,
        "the virtual machine monitor's answer cannot be read",
        new HostDetailException(call + ": " + cause.getMessage(), cause));
  }
}
