package io.omnirun.testkit.llm;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a connection's requests, and notices while none is wanted whether the client leaves. */
final class RequestReader {
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int HEXADECIMAL = 16;

  private final Socket socket;
  private final InputStream input;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;

  RequestReader(Socket socket) throws IOException {
    this.socket = socket;
    this.input = socket.getInputStream();
  }

  /** The next request, or null if the client has closed the connection. */
  @Nullable SeenRequest next() throws IOException {
    if (position == limit && !fill()) {
      return null;
    }
    String[] start = line().split(" ", 3);
    List<SeenRequest.Header> headers = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.add(
          new SeenRequest.Header(line.substring(0, colon), line.substring(colon + 1).strip()));
    }
    return new SeenRequest(start[0], start[1], headers, body(headers));
  }

  /** Waits so long, and not longer than the client stays. */
  boolean clientLeavesWithin(Duration pause) throws IOException {
    long end = System.nanoTime() + pause.toNanos();
    for (long left = pause.toNanos(); left > 0; left = end - System.nanoTime()) {
      if (position < limit) {
        throw new IOException("a request came before the last one was answered");
      }
      // At least a millisecond: 0 would be no limit.
      socket.setSoTimeout(Math.toIntExact(Math.max(1, Duration.ofNanos(left).toMillis())));
      try {
        if (!fill()) {
          return true;
        }
      } catch (SocketTimeoutException isStillThere) {
        continue;
      } finally {
        socket.setSoTimeout(0);
      }
    }
    return false;
  }

  private byte[] body(List<SeenRequest.Header> headers) throws IOException {
    for (SeenRequest.Header header : headers) {
      if (header.name().equalsIgnoreCase("content-length")) {
        return bytes(Integer.parseInt(header.value()));
      }
      if (header.name().equalsIgnoreCase("transfer-encoding")) {
        return chunks();
      }
    }
    return new byte[0];
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      body.writeBytes(bytes(size));
      line();
    }
    line();
    return body.toByteArray();
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line().split(";", 2)[0].strip(), HEXADECIMAL);
  }

  private byte[] bytes(int count) throws IOException {
    byte[] bytes = new byte[count];
    int buffered = Math.min(count, limit - position);
    System.arraycopy(buffer, position, bytes, 0, buffered);
    position += buffered;
    if (input.readNBytes(bytes, buffered, count - buffered) < count - buffered) {
      throw new EOFException("the client left within a request");
    }
    return bytes;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      line.append(new String(buffer, position, end - position, StandardCharsets.ISO_8859_1));
      position = Math.min(limit, end + 1);
      if (end < limit) {
        return line.toString().stripTrailing();
      }
      if (!fill()) {
        throw new EOFException("the client left within a request");
      }
    }
  }

  private boolean fill() throws IOException {
    int count = input.read(buffer);
    position = 0;
    limit = Math.max(0, count);
    return count > 0;
  }
}
