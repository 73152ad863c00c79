package io.omnirun.network;

import io.omnirun.network.EgressEvent.Reason;

/** A connection is not let through. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  RefusedException(Reason reason) {
    super(reason.text());
    this.reason = reason;
  }

  RefusedException(Reason reason, Throwable cause) {
    super(reason.text(), cause);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }
}
