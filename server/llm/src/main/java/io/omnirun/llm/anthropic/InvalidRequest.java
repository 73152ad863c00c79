package io.omnirun.llm.anthropic;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;

/** Makes the refusal of a request that the other protocol has no words for. */
final class InvalidRequest {
  private static final int MAX_SHOWN = 100;

  private InvalidRequest() {}

  /**
   * @param field its path in the request, {@code messages[2].role} say
   * @param problem what is said behind the name
   */
  static OmniRunException at(String field, String problem) {
    return new OmniRunException(
        ErrorCode.INVALID_REQUEST, "field \"%s\" %s".formatted(field, problem));
  }

  /** As much of a sent text as an error may repeat. */
  static String shown(String text) {
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
  }
}
