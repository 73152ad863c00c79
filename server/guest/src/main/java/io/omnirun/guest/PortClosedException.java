package io.omnirun.guest;

import java.io.IOException;

/** Nothing listens on the port of the guest, or the guest was lost while it was asked. */
public final class PortClosedException extends IOException {
  private static final long serialVersionUID = 1L;

  public PortClosedException(int port) {
    super("nothing listens on port " + port + " of the guest");
  }
}
