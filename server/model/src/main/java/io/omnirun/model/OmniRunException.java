package io.omnirun.model;

import static java.util.Objects.requireNonNull;

/**
 * The one exception of OmniRun's own code. Its message is shown to users: it says what is wrong and
 * what to do, and holds no secret and no path of the host.
 */
public final class OmniRunException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public OmniRunException(ErrorCode code, String message) {
    super(requireNonNull(message, "message is null"));
    this.code = requireNonNull(code, "code is null");
  }

  public OmniRunException(ErrorCode code, String message, Throwable cause) {
    super(requireNonNull(message, "message is null"), requireNonNull(cause, "cause is null"));
    this.code = requireNonNull(code, "code is null");
  }

  /** What kind of failure it is. */
  public ErrorCode code() {
    return code;
  }
}
