package io.omnirun.http;

import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** Reads the rest of a body that nobody wants. */
final class BodyDrain {
  private static final int CHUNK_BYTES = 64 * 1024;

  private BodyDrain() {}

  /**
   * Blocks until the body has ended or so many bytes have been thrown away.
   *
   * @throws ClientGoneException if the connection breaks or stalls
   */
  static void drain(Request request, long limitBytes) throws ClientGoneException {
    try {
      drain(Content.Source.asInputStream(request), limitBytes);
    } catch (IOException e) {
      throw new ClientGoneException(e);
    }
  }

  private static void drain(InputStream rest, long limitBytes) throws IOException {
    // Nearly always there is no rest: no memory is taken to find that out.
    if (rest.read() < 0) {
      return;
    }
    byte[] chunk = new byte[CHUNK_BYTES];
    long drained = 1;
    int count = 0;
    while (count >= 0 && drained < limitBytes) {
      count = rest.read(chunk);
      drained += count;
    }
  }
}
