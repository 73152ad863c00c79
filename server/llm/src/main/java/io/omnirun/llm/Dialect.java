package io.omnirun.llm;

import io.omnirun.http.ErrorFormat;
import io.omnirun.model.ErrorCode;

/** The protocol that a caller speaks. */
public interface Dialect extends ErrorFormat {
  /**
   * Reads a request.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST
   */
  Conversation read(byte[] body);

  /** An event that tells, in a stream that has begun, what went wrong. */
  byte[] errorEvent(int status, ErrorCode code, String message);
}
