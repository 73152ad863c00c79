package io.omnirun.http;

import io.omnirun.model.OmniRunException;
import java.io.IOException;

/**
 * Ends the reading of a request's body that is not acceptable. The refusal is its cause, so that
 * the answer is found through whatever the reader wraps around it.
 */
public final class RefusedBodyException extends IOException {
  private static final long serialVersionUID = 1L;

  private final OmniRunException refusal;

  public RefusedBodyException(OmniRunException refusal) {
    super(refusal.getMessage(), refusal);
    this.refusal = refusal;
  }

  /** What the caller is answered. */
  public OmniRunException refusal() {
    return refusal;
  }
}
