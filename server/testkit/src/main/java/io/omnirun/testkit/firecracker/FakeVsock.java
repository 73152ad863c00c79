package io.omnirun.testkit.firecracker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The fake's vsock socket: {@code CONNECT <port>\n} in one write, {@code OK <n>\n}, then bytes; no
 * textual refusals, no half-close. One port leads to the agent, nobody listens at others. While the
 * machine does not run, connections wait unanswered. Thread-safe.
 */
final class FakeVsock {
  /** Where the agent listens in a guest (api/link.md). */
  static final int LINK_PORT = 49984;

  private static final int MAX_CONNECTIONS = 1023;
  private static final int MAX_COMMAND_BYTES = 32;
  private static final Pattern COMMAND =
      Pattern.compile("connect ([0-9]{1,10})\n", Pattern.CASE_INSENSITIVE);
  private static final int COPY_BYTES = 64 * 1024;

  private final ServerSocketChannel listener;
  private final Gate gate;
  private final AtomicLong nextPort = new AtomicLong(1L << 30);
  private final Set<SocketChannel> guestEnds = ConcurrentHashMap.newKeySet();

  /** Lets a connection through when the machine runs. */
  interface Gate {
    /** Waits for that; returns where the guest listens. */
    Path awaitGuest() throws InterruptedException;
  }

  private FakeVsock(ServerSocketChannel listener, Gate gate) {
    this.listener = listener;
    this.gate = gate;
  }

  /** Binds, which fails where a file is already; it is never removed. */
  static FakeVsock bind(Path path, Gate gate) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(path));
    FakeVsock vsock = new FakeVsock(listener, gate);
    Thread.ofVirtual().name("fake-vsock").start(vsock::acceptAll);
    return vsock;
  }

  private void acceptAll() {
    try {
      while (true) {
        gate.awaitGuest();
        SocketChannel client = listener.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException | InterruptedException e) {
      System.err.println("fake vsock: " + e);
    }
  }

  private void serve(SocketChannel client) {
    try {
      Path guest = gate.awaitGuest();
      if (guestEnds.size() >= MAX_CONNECTIONS || commandPort(client) != LINK_PORT) {
        client.close();
        return;
      }
      SocketChannel end = SocketChannel.open(UnixDomainSocketAddress.of(guest));
      guestEnds.add(end);
      write(
          client, ByteBuffer.wrap(("OK " + nextPort.getAndIncrement() + "\n").getBytes(US_ASCII)));
      Thread.ofVirtual().start(() -> pump(client, end, end));
      pump(end, client, end);
    } catch (IOException | InterruptedException nobodyListens) {
      closeQuietly(client);
    }
  }

  /** The port, or -1 for what Firecracker would drop: a command that does not come at once. */
  private static long commandPort(SocketChannel client) throws IOException {
    ByteBuffer command = ByteBuffer.allocate(MAX_COMMAND_BYTES);
    byte[] whole = new byte[MAX_COMMAND_BYTES];
    int length = 0;
    command.limit(10);
    if (client.read(command) < 10) {
      return -1;
    }
    command.flip();
    while (command.hasRemaining()) {
      whole[length++] = command.get();
    }
    while (whole[length - 1] != '\n' && length < MAX_COMMAND_BYTES) {
      if (client.read(command.clear().limit(1)) < 1) {
        return -1;
      }
      whole[length++] = command.get(0);
    }
    Matcher found = COMMAND.matcher(new String(whole, 0, length, US_ASCII));
    return found.matches() ? Long.parseLong(found.group(1)) : -1;
  }

  /** Either end's end is the end of both. A connection that a snapshot has killed stays open. */
  private void pump(SocketChannel from, SocketChannel to, SocketChannel guestEnd) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(COPY_BYTES);
    try {
      while (from.read(buffer.clear()) >= 0) {
        write(to, buffer.flip());
      }
    } catch (IOException broken) {
      // Seen by the other side, too.
    }
    if (guestEnds.remove(guestEnd)) {
      closeQuietly(from);
      closeQuietly(to);
    }
  }

  /** What a snapshot does to all connections: no data comes any more, and no end. */
  void killConnections() {
    for (SocketChannel end : guestEnds) {
      guestEnds.remove(end);
      closeQuietly(end);
    }
  }

  private static void write(SocketChannel target, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      target.write(bytes);
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      System.err.println("fake vsock: " + e);
    }
  }
}
