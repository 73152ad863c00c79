package io.omnirun.machine;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A guest whose interpreter answers every request with the same lines, and then nothing more. */
final class StandInInterpreter implements Closeable {
  /** The kernel refuses at once who finds the queue full, and clients come together. */
  private static final int BACKLOG = 256;

  private final ServerSocketChannel listener;
  private final String lines;
  private final Consumer<String> onEnd;

  private StandInInterpreter(ServerSocketChannel listener, String lines, Consumer<String> onEnd) {
    this.listener = listener;
    this.lines = lines;
    this.onEnd = onEnd;
  }

  /**
   * @param onEnd told when the host has let go of a connection
   */
  static StandInInterpreter start(Path socket, String lines, Consumer<String> onEnd)
      throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
    StandInInterpreter interpreter = new StandInInterpreter(listener, lines, onEnd);
    Thread.ofVirtual().start(interpreter::acceptAll);
    return interpreter;
  }

  private void acceptAll() {
    try {
      while (true) {
        SocketChannel accepted = listener.accept();
        Thread.ofVirtual().start(() -> serve(accepted));
      }
    } catch (IOException closed) {
      onEnd.accept("closed");
    }
  }

  private void serve(SocketChannel accepted) {
    try (accepted) {
      InputStream input = Channels.newInputStream(accepted);
      OutputStream output = Channels.newOutputStream(accepted);
      readThrough(input, "\n");
      output.write("OK 1\n".getBytes(StandardCharsets.US_ASCII));
      readThrough(input, "\r\n\r\n");
      byte[] body = lines.getBytes(StandardCharsets.UTF_8);
      String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n";
      output.write(head.formatted(body.length).getBytes(StandardCharsets.US_ASCII));
      output.write(body);
      boolean whole = lines.contains("end_of_execution");
      output.write((whole ? "\r\n0\r\n\r\n" : "\r\n").getBytes(StandardCharsets.US_ASCII));
      readThrough(input, "until the host lets go");
    } catch (IOException e) {
      onEnd.accept("let go");
    }
  }

  /** Reads up to a text. */
  private static void readThrough(InputStream input, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int next = input.read();
      if (next < 0) {
        throw new IOException("it is over");
      }
      text.append((char) next);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
