package io.omnirun.rest;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;

/** Makes the refusal of a request that is not understood. */
final class InvalidRequest {
  private InvalidRequest() {}

  static OmniRunException because(String message) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, message);
  }

  static OmniRunException because(String message, Exception cause) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, message, cause);
  }

  /** Refuses text that no C string and no database column can hold. */
  static String withoutNul(String what, String text) {
    if (text.indexOf('\0') >= 0) {
      throw because("%s must not hold a NUL character".formatted(what));
    }
    return text;
  }
}
