package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * The body of a request, bounded. Reads block for the client. They throw {@link
 * RefusedBodyException} when the bound is passed or the body ends early, and {@link
 * ClientGoneException} when the connection breaks or stalls. Not thread-safe.
 */
final class RequestBody extends InputStream {
  private final InputStream content;
  private final long limitBytes;
  private long readBytes;

  /**
   * @throws OmniRunException BODY_TOO_LARGE if the request announces more than {@code limitBytes}
   */
  RequestBody(Request request, long limitBytes) {
    if (request.getLength() > limitBytes) {
      throw tooLarge(limitBytes);
    }
    this.content = Content.Source.asInputStream(request);
    this.limitBytes = limitBytes;
  }

  @Override
  public int read() throws IOException {
    byte[] single = new byte[1];
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = readFromClient(target, offset, length);
    if (count > 0) {
      readBytes += count;
      if (readBytes > limitBytes) {
        throw new RefusedBodyException(tooLarge(limitBytes));
      }
    }
    return count;
  }

  private int readFromClient(byte[] target, int offset, int length) throws IOException {
    try {
      return content.read(target, offset, length);
    } catch (IOException | HttpException.RuntimeException e) {
      throw e instanceof HttpException
          ? new RefusedBodyException(brokenFraming(e))
          : new ClientGoneException(e);
    }
  }

  private static OmniRunException brokenFraming(Exception cause) {
    return new OmniRunException(
        ErrorCode.INVALID_REQUEST,
        "the request's body is shorter than announced, or its chunks are broken",
        cause);
  }

  private static OmniRunException tooLarge(long limitBytes) {
    return new OmniRunException(
        ErrorCode.BODY_TOO_LARGE,
        "the body is too large: this route takes at most %,d bytes".formatted(limitBytes));
  }
}
