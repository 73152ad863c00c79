package io.omnirun.machine;

import com.google.protobuf.ByteString;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.ProcessEvent.DataEvent;
import io.omnirun.guest.proto.process.StartResponse;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** An agent that tells some events of a process, and then nothing more. */
final class EndlessAgent implements Closeable {
  private final ServerSocketChannel listener;
  private final List<ProcessEvent.Builder> events;
  private volatile Runnable onAnswered = () -> {};

  private volatile boolean cutting;

  private EndlessAgent(ServerSocketChannel listener, List<ProcessEvent.Builder> events) {
    this.listener = listener;
    this.events = events;
  }

  /** One that starts a command and tells a word that it says. */
  static EndlessAgent start(Path socket) throws IOException {
    return start(socket, started(false), printed(DataEvent.newBuilder().setStdout(utf8("said"))));
  }

  static ProcessEvent.Builder started(boolean terminal) {
    return ProcessEvent.newBuilder()
        .setStart(ProcessEvent.StartEvent.newBuilder().setHandle(1).setTerminal(terminal));
  }

  static ProcessEvent.Builder printed(DataEvent.Builder data) {
    return ProcessEvent.newBuilder().setData(data);
  }

  static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  /** One that tells these events. */
  static EndlessAgent start(Path socket, ProcessEvent.Builder... events) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    EndlessAgent agent = new EndlessAgent(listener, List.of(events));
    Thread.ofVirtual().name("endless-agent").start(agent::acceptAll);
    return agent;
  }

  /** Runs when the agent has said all that it says. */
  void onAnswered(Runnable action) {
    onAnswered = action;
  }

  /** From now on it dies when it has said all. */
  void dieThen() {
    cutting = true;
  }

  private void acceptAll() {
    try {
      while (true) {
        SocketChannel accepted = listener.accept();
        Thread.ofVirtual().name("endless-agent").start(() -> serve(accepted));
      }
    } catch (ClosedChannelException closed) {
      onAnswered = () -> {};
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(SocketChannel accepted) {
    try (SocketChannel connection = accepted) {
      InputStream input = Channels.newInputStream(connection);
      DataOutputStream output = new DataOutputStream(Channels.newOutputStream(connection));
      readThrough(input, "\n");
      output.writeBytes("OK 1\n");
      readThrough(input, "\r\n\r\n");
      output.writeBytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (ProcessEvent.Builder event : events) {
        send(output, event);
      }
      onAnswered.run();
      if (!cutting) {
        readThrough(input, "until the host lets go");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void send(DataOutputStream output, ProcessEvent.Builder event) throws IOException {
    byte[] message = StartResponse.newBuilder().setEvent(event).build().toByteArray();
    output.writeBytes(Integer.toHexString(5 + message.length) + "\r\n");
    output.writeByte(0);
    output.writeInt(message.length);
    output.write(message);
    output.writeBytes("\r\n");
  }

  /** Reads up to a text, or to the end. */
  private static void readThrough(InputStream input, String end) throws IOException {
    byte[] wanted = end.getBytes(StandardCharsets.US_ASCII);
    StringBuilder text = new StringBuilder();
    int next = input.read();
    while (next >= 0) {
      text.append((char) next);
      if (text.length() >= wanted.length
          && text.substring(text.length() - wanted.length).equals(end)) {
        return;
      }
      next = input.read();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
