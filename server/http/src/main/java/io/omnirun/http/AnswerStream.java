package io.omnirun.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;

/**
 * The body of an answer. Nothing is sent before {@link #CAPACITY_BYTES} are there or it is
 * complete: till then the answer can still become another one, and a short answer goes out in one
 * piece with its length. Only {@link #complete()} ends the answer properly: closing does nothing,
 * so that a writer that fails and closes leaves no answer that looks whole. Writes block for the
 * client and throw {@link ClientGoneException}. Not thread-safe.
 */
final class AnswerStream extends OutputStream {
  /** As much as a write to a socket takes at once. */
  static final int CAPACITY_BYTES = 64 * 1024;

  private static final int FIRST_CAPACITY_BYTES = 1024;

  private final Response response;
  private byte[] buffer = new byte[FIRST_CAPACITY_BYTES];
  private int count;
  private boolean closed;

  AnswerStream(Response response) {
    this.response = response;
  }

  @Override
  public void write(int single) throws IOException {
    write(new byte[] {(byte) single}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    if (closed) {
      throw new IOException("the answer is complete");
    }
    if (length > CAPACITY_BYTES - count) {
      sendBuffered();
    }
    if (length > CAPACITY_BYTES) {
      send(false, ByteBuffer.wrap(source, offset, length));
      return;
    }
    ensureCapacity(count + length);
    System.arraycopy(source, offset, buffer, count, length);
    count += length;
  }

  private void ensureCapacity(int wanted) {
    if (wanted > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.min(CAPACITY_BYTES, Math.max(wanted, 4 * buffer.length)));
    }
  }

  private void sendBuffered() throws IOException {
    if (count > 0) {
      send(false, ByteBuffer.wrap(buffer, 0, count));
      count = 0;
    }
  }

  private void send(boolean last, ByteBuffer bytes) throws IOException {
    try {
      Content.Sink.write(response, last, bytes);
    } catch (IOException e) {
      throw new ClientGoneException(e);
    }
  }

  /** Sends what is left and ends the answer. */
  void complete() throws IOException {
    closed = true;
    send(true, ByteBuffer.wrap(buffer, 0, count));
  }
}
