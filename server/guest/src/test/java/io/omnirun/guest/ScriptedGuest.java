package io.omnirun.guest;

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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A guest's end of a unix socket that says what a test wants it to say. */
public final class ScriptedGuest implements Closeable {
  /** What it does with a connection, which is closed when it returns. */
  public interface Script {
    void run(InputStream input, OutputStream output) throws IOException;
  }

  private final ServerSocketChannel listener;
  private final Script script;
  private final Queue<SocketChannel> connections = new ConcurrentLinkedQueue<>();

  private ScriptedGuest(ServerSocketChannel listener, Script script) {
    this.listener = listener;
    this.script = script;
  }

  /** Runs the script for every connection, from its first byte. */
  public static ScriptedGuest start(Path socket, Script script) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    ScriptedGuest guest = new ScriptedGuest(listener, script);
    Thread.ofVirtual().start(guest::acceptAll);
    return guest;
  }

  /** What comes up to and with an end. */
  public static String readThrough(InputStream input, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int next = input.read();
      if (next < 0) {
        throw new IOException("it ended with: " + text);
      }
      text.append((char) next);
    }
    return text.toString();
  }

  /** The bytes of a text of ASCII characters. */
  public static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void acceptAll() {
    try {
      while (true) {
        SocketChannel connection = listener.accept();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException e) {
      connections.removeIf(connection -> !connection.isOpen());
    }
  }

  private void serve(SocketChannel connection) {
    try (connection) {
      script.run(Channels.newInputStream(connection), Channels.newOutputStream(connection));
    } catch (IOException e) {
      connections.remove(connection);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (SocketChannel connection : connections) {
      connection.close();
    }
  }
}
