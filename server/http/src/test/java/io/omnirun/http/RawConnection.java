package io.omnirun.http;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that sends whatever bytes it is told to. */
final class RawConnection implements Closeable {
  private static final int PATIENCE_MS = 30_000;

  private final Socket socket;

  RawConnection(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MS);
  }

  RawConnection send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
    return this;
  }

  /** Says that no more will be sent. */
  RawConnection finish() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Makes the close a reset. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Everything that comes until the server closes. */
  String readToEnd() throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** What comes up to the next occurrence of a text, and that. */
  String readUntil(String text) throws IOException {
    StringBuilder read = new StringBuilder();
    while (read.indexOf(text) < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new IOException("the server closed after " + read);
      }
      read.append((char) next);
    }
    return read.toString();
  }

  /** One answer with a Content-Length or without a body. */
  String readAnswer() throws IOException {
    InputStream input = socket.getInputStream();
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    while (!answer.toString(StandardCharsets.UTF_8).endsWith("\r\n\r\n")) {
      int next = input.read();
      if (next < 0) {
        return answer.toString(StandardCharsets.UTF_8);
      }
      answer.write(next);
    }
    String head = answer.toString(StandardCharsets.UTF_8);
    answer.write(input.readNBytes(contentLength(head)));
    return answer.toString(StandardCharsets.UTF_8);
  }

  private static int contentLength(String head) {
    return head.lines()
        .filter(line -> line.startsWith("Content-Length: "))
        .mapToInt(line -> Integer.parseInt(line.substring("Content-Length: ".length())))
        .findFirst()
        .orElse(0);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
