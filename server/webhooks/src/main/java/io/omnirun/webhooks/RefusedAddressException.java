package io.omnirun.webhooks;

import java.net.UnknownHostException;

/** A name leads to addresses only to which nothing is sent. */
final class RefusedAddressException extends UnknownHostException {
  /** For people. */
  static final String TEXT = "the URL does not lead to the public internet";

  private static final long serialVersionUID = 1L;

  RefusedAddressException() {
    super(TEXT);
  }
}
