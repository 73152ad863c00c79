package io.omnirun.machine.launcher;

import io.omnirun.machine.HostDetailException;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;

/** A refusal of the launcher, by its code: its words name what lies on the host. */
record LauncherRefusal(String code, String verb, String message) {
  OmniRunException asOmniRunException() {
    return new OmniRunException(
        errorCode(), "the launcher refused " + verb, new HostDetailException(message));
  }

  private ErrorCode errorCode() {
    return verb.startsWith("network.") ? ofNetwork() : ofMachine();
  }

  private ErrorCode ofNetwork() {
    return code.equals("not_found") ? ErrorCode.SANDBOX_AIR_GAPPED : ErrorCode.NETWORK_UNAVAILABLE;
  }

  private ErrorCode ofMachine() {
    return switch (code) {
      case "no_space" -> ErrorCode.NO_SPACE;
      case "no_memory" -> ErrorCode.CAPACITY_EXHAUSTED;
      case "not_found" -> ErrorCode.TEMPLATE_NOT_READY;
      default -> ErrorCode.MACHINE_FAILED;
    };
  }
}
