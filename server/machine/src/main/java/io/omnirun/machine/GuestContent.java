package io.omnirun.machine;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bytes from a guest, whose failures are told from those of whoever they are copied to: reads throw
 * GUEST_UNREACHABLE. Used by one thread.
 */
final class GuestContent extends FilterInputStream {
  GuestContent(InputStream content) {
    super(content);
  }

  @Override
  public int read() {
    byte[] single = new byte[1];
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    try {
      return super.read(target, offset, length);
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.GUEST_UNREACHABLE, "the file broke off on its way from the sandbox", e);
    }
  }
}
