package io.omnirun.llm.provider;

import java.io.IOException;

/** A provider took no connection, or began no answer, in the time that it has for that. */
final class LateProviderException extends IOException {
  private static final long serialVersionUID = 1L;

  LateProviderException(Exception cause) {
    super("the provider did not answer in time", cause);
  }
}
