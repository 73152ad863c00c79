package io.omnirun.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A caller of language models over one blocking socket and nothing else, which does no more with an
 * answer than find its end and note when its events came. Used by one thread.
 */
final class LlmConnection implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int MAX_EVENTS = 1_000;
  private static final int PATIENCE_MS = 120_000;
  private static final byte[] EVENT = "data: {".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CHUNKS_END = "\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final String HEAD_END = "\r\n\r\n";
  private static final String LENGTH = "content-length:";

  private final Socket socket = new Socket();
  private final InputStream input;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final long[] arrivals = new long[MAX_EVENTS];
  private int events;
  private int matched;

  LlmConnection(LlmPath path) throws IOException {
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), path.port()));
    input = socket.getInputStream();
  }

  /** Sends a request, and nothing of its answer is read yet. */
  void send(byte[] request) throws IOException {
    socket.getOutputStream().write(request);
  }

  /** Sends a request and reads the whole answer. */
  void ask(byte[] request) throws IOException {
    send(request);
    int end = 0;
    for (int left = Integer.MAX_VALUE; left > 0; ) {
      end += read(end);
      left = missing(new String(buffer, 0, end, StandardCharsets.ISO_8859_1));
    }
  }

  /** How many bytes of an answer are to come at least. */
  private static int missing(String answer) throws IOException {
    int head = answer.indexOf(HEAD_END);
    if (head < 0) {
      return 1;
    }
    if (!answer.startsWith("HTTP/1.1 200 ")) {
      throw new IOException(answer);
    }
    String fields = answer.substring(0, head).toLowerCase(Locale.ROOT);
    int length = fields.indexOf(LENGTH);
    if (length < 0) {
      return answer.endsWith("\r\n0\r\n\r\n") ? 0 : 1;
    }
    int lineEnd = (fields + "\r").indexOf('\r', length);
    int promised = Integer.parseInt(fields.substring(length + LENGTH.length(), lineEnd).strip());
    return head + HEAD_END.length() + promised - answer.length();
  }

  /** Sends a request and reads the stream that it is answered by: when each event came. */
  long[] stream(byte[] request) throws IOException {
    send(request);
    events = 0;
    matched = 0;
    byte[] tail = new byte[CHUNKS_END.length];
    while (!Arrays.equals(tail, CHUNKS_END)) {
      int count = read(0);
      note(count, System.nanoTime());
      int kept = Math.min(count, tail.length);
      System.arraycopy(tail, kept, tail, 0, tail.length - kept);
      System.arraycopy(buffer, count - kept, tail, tail.length - kept, kept);
    }
    if (events == 0) {
      throw new IOException(new String(buffer, StandardCharsets.ISO_8859_1).strip());
    }
    return Arrays.copyOf(arrivals, events);
  }

  /** Reads until a stream has said something, and goes on with nothing. */
  void awaitFirstEvent() throws IOException {
    events = 0;
    matched = 0;
    while (events == 0) {
      note(read(0), System.nanoTime());
    }
  }

  private void note(int count, long now) {
    for (int i = 0; i < count; i++) {
      if (buffer[i] == EVENT[matched]) {
        matched++;
      } else {
        matched = buffer[i] == EVENT[0] ? 1 : 0;
      }
      if (matched == EVENT.length) {
        arrivals[events++] = now;
        matched = 0;
      }
    }
  }

  private int read(int at) throws IOException {
    int count = input.read(buffer, at, buffer.length - at);
    if (count < 0) {
      throw new IOException("the server hung up");
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
