package io.omnirun.guest.yamux;

import java.io.IOException;

/** The guest sent what yamux does not allow: the session ends. */
final class ProtocolViolation extends IOException {
  private static final long serialVersionUID = 1L;

  ProtocolViolation(String what) {
    super("the guest broke the stream protocol: " + what);
  }
}
