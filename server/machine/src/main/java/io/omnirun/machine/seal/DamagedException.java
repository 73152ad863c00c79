package io.omnirun.machine.seal;

import java.io.IOException;

/** An encrypted file is not what was written: it was changed, cut, or is somebody else's. */
public final class DamagedException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedException(String message) {
    super(message);
  }

  DamagedException(String message, Throwable cause) {
    super(message, cause);
  }
}
