package io.omnirun.machine.disk;

import java.io.IOException;

/** A call into the system's C library has failed. */
final class NativeCallException extends IOException {
  /** No such device or address: said of what lies behind a file's end. */
  static final int ENXIO = 6;

  /** Invalid argument: said of what is not supported. */
  static final int EINVAL = 22;

  private static final long serialVersionUID = 1L;

  private final int errno;

  NativeCallException(String call, int errno) {
    super(call + " failed with errno " + errno);
    this.errno = errno;
  }

  int errno() {
    return errno;
  }
}
