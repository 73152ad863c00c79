package io.omnirun.gateway;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A client that sends whatever bytes it is told to. */
final class RawClient implements Closeable {
  private static final int PATIENCE_MS = 20_000;

  private final Socket socket;

  RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MS);
  }

  RawClient send(String text) throws IOException {
    output().write(text.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  OutputStream output() throws IOException {
    return socket.getOutputStream();
  }

  InputStream input() throws IOException {
    return socket.getInputStream();
  }

  /** Everything that comes until the server closes. */
  String readToEnd() throws IOException {
    return new String(input().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** What comes up to the next occurrence of a text, and that. */
  String readUntil(String text) throws IOException {
    StringBuilder read = new StringBuilder();
    while (read.indexOf(text) < 0) {
      int next = input().read();
      if (next < 0) {
        throw new IOException("the server closed after " + read);
      }
      read.append((char) next);
    }
    return read.toString();
  }

  /** The head of an answer, or nothing if the server closes without one. */
  String readHeadOrEnd() throws IOException {
    StringBuilder read = new StringBuilder();
    for (int next = input().read();
        next >= 0 && read.indexOf("\r\n\r\n") < 0;
        next = input().read()) {
      read.append((char) next);
    }
    return read.toString();
  }

  /** One answer with a Content-Length, or without a body. */
  String readAnswer() throws IOException {
    String head = readUntil("\r\n\r\n");
    int at = head.toLowerCase(Locale.ROOT).indexOf("content-length: ");
    if (at < 0) {
      return head;
    }
    String length = head.substring(at + 16, head.indexOf('\r', at));
    return head
        + new String(input().readNBytes(Integer.parseInt(length)), StandardCharsets.ISO_8859_1);
  }

  /** Whether the server has closed, with or without a reset. */
  boolean isClosed() {
    try {
      return input().read() < 0;
    } catch (IOException e) {
      return !(e instanceof java.net.SocketTimeoutException);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
