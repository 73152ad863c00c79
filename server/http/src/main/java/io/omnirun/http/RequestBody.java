package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * The body of a request, bounded. Reads block for the client. They throw {@link
 * RefusedBodyException} when the bound is passed or the body ends early, and {@link
 * ClientGoneException} when the connection breaks or stalls. Not thread-safe.
 */
final class RequestBody extends InputStream {
  /** A body of announced length up to this is read into just as much memory. */
  private static final int EXACT_BYTES = 64 * 1024;

  private final InputStream content;
  private final long limitBytes;
  private final long announcedBytes;
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
    this.announcedBytes = request.getLength();
  }

  /** As its superclass has it, which takes 16 KiB for the shortest body. */
  @Override
  public byte[] readNBytes(int length) throws IOException {
    boolean isShort = announcedBytes >= 0 && announcedBytes <= EXACT_BYTES;
    if (!isShort || readBytes > 0 || announcedBytes > length) {
      return super.readNBytes(length);
    }
    byte[] whole = new byte[(int) announcedBytes];
    int count = readNBytes(whole, 0, whole.length);
    if (announcedBytes < length && read() >= 0) {
      throw new RefusedBodyException(
          new OmniRunException(
              ErrorCode.INVALID_REQUEST, "the request's body is longer than announced"));
    }
    return count == whole.length ? whole : Arrays.copyOf(whole, count);
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
