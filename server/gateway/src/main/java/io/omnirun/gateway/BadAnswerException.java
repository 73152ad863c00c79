package io.omnirun.gateway;

import java.io.IOException;

/** The guest's server does not keep to HTTP. The message is ours and may be shown. */
final class BadAnswerException extends IOException {
  private static final long serialVersionUID = 1L;

  BadAnswerException(String message) {
    super(message);
  }

  BadAnswerException(String message, Throwable cause) {
    super(message, cause);
  }
}
