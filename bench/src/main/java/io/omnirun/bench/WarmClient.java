package io.omnirun.bench;

import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.StartResponse;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Brings the bare client of this program to where the server is that it is measured against: with
 * as many commands as that had requests, for a stand-in of an agent that runs nothing.
 */
final class WarmClient {
  private static final String LENGTH = "content-length:";

  private WarmClient() {}

  static void warm(GuestHttp http) {
    try {
      Path directory = Files.createTempDirectory("warm");
      Path socket = directory.resolve("agent.sock");
      try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        listener.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(() -> acceptAll(listener));
        AgentClient agent = new AgentClient(http, socket, () -> "token");
        for (int i = 0; i < BareApi.WARMING_REQUESTS; i++) {
          BareCommand.run(agent);
        }
      } finally {
        Files.deleteIfExists(socket);
        Files.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void acceptAll(ServerSocketChannel listener) {
    try {
      while (true) {
        SocketChannel client = listener.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (ClosedChannelException warm) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Answers as an agent does, until the client hangs up. */
  private static void serve(SocketChannel client) {
    try (client) {
      InputStream input = new BufferedInputStream(Channels.newInputStream(client));
      OutputStream output = Channels.newOutputStream(client);
      byte[] answer = answer();
      readLine(input);
      output.write("OK 1\n".getBytes(StandardCharsets.US_ASCII));
      while (skipRequest(input)) {
        output.write(answer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean skipRequest(InputStream input) throws IOException {
    String line = readLine(input);
    if (line.isEmpty()) {
      return false;
    }
    int length = 0;
    for (; !line.isEmpty(); line = readLine(input)) {
      if (line.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
        length = Integer.parseInt(line.substring(LENGTH.length()).strip());
      }
    }
    input.skipNBytes(length);
    return true;
  }

  /** Without its end; empty at the end of the input, too. */
  private static String readLine(InputStream input) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = input.read(); next >= 0 && next != '\n'; next = input.read()) {
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  /** What {@code true} is answered: that it has started, that it has ended, and nothing more. */
  private static byte[] answer() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    ProcessEvent.Builder start =
        ProcessEvent.newBuilder().setStart(ProcessEvent.StartEvent.newBuilder().setHandle(1));
    ProcessEvent.Builder end =
        ProcessEvent.newBuilder().setEnd(ProcessEvent.EndEvent.newBuilder().setExited(true));
    envelope(body, 0, StartResponse.newBuilder().setEvent(start).build().toByteArray());
    envelope(body, 0, StartResponse.newBuilder().setEvent(end).build().toByteArray());
    envelope(body, 2, "{}".getBytes(StandardCharsets.US_ASCII));
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(
        "HTTP/1.1 200 OK\r\nContent-Type: application/connect+proto\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n"
            .formatted(body.size())
            .getBytes(StandardCharsets.US_ASCII));
    body.writeTo(whole);
    whole.write("\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return whole.toByteArray();
  }

  private static void envelope(ByteArrayOutputStream body, int flags, byte[] message)
      throws IOException {
    body.write(ByteBuffer.allocate(5).put((byte) flags).putInt(message.length).array());
    body.write(message);
  }
}
