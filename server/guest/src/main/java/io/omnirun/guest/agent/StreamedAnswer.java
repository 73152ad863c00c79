package io.omnirun.guest.agent;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jetty.client.Request;

/**
 * The body of an answer that may never end. Closing it before its end closes the connection to the
 * guest: by itself the client would keep that one until the guest says something more. Used by one
 * thread; another may close it.
 */
public final class StreamedAnswer extends FilterInputStream {
  private final Request request;
  private volatile boolean ended;

  public StreamedAnswer(Request request, InputStream body) {
    super(body);
    this.request = request;
  }

  @Override
  public int read() throws IOException {
    int next = super.read();
    ended |= next < 0;
    return next;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = super.read(target, offset, length);
    ended |= count < 0;
    return count;
  }

  @Override
  public void close() throws IOException {
    if (!ended) {
      request.abort(new IOException("nobody reads the answer any more"));
    }
    super.close();
  }
}
