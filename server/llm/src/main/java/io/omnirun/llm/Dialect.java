package io.omnirun.llm;

import io.omnirun.http.ErrorFormat;
import io.omnirun.model.ErrorCode;
import java.util.List;
import java.util.function.Function;

/** The protocol that a caller speaks. */
public interface Dialect extends ErrorFormat {
  /**
   * Reads a request.
   *
   * @param headers all values of a header that the caller sent
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST
   */
  Conversation read(byte[] body, Function<String, List<String>> headers);

  /** An event that tells, in a stream that has begun, what went wrong. */
  byte[] errorEvent(int status, ErrorCode code, String message);
}
