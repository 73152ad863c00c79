package io.omnirun.machine.qemu;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Speaks QMP with one client: whatever it is asked, it does, and says so as QEMU would. */
final class FakeVmm implements AutoCloseable {
  private static final Pattern ID = Pattern.compile("\"id\":([0-9]+)");
  private static final Pattern VERB = Pattern.compile("\"execute\":\"([^\"]+)\"");

  /** What it does to write its state, and how that ends. */
  interface Migration {
    String run() throws IOException;
  }

  private final List<String> verbs = new CopyOnWriteArrayList<>();
  private volatile Migration migration = () -> "completed";

  private final ServerSocketChannel listener;
  private final Path socket;

  FakeVmm(Path socket) throws IOException {
    this.socket = socket;
    this.listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().name("fake-vmm").start(this::serve);
  }

  Path socket() {
    return socket;
  }

  void onMigrate(Migration behaviour) {
    migration = behaviour;
  }

  /** What was asked, in order. */
  List<String> verbs() {
    return List.copyOf(verbs);
  }

  private void serve() {
    try (SocketChannel client = listener.accept();
        BufferedReader requests =
            new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8))) {
      send(client, "{\"QMP\":{}}");
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        answer(client, line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void answer(SocketChannel client, String request) throws IOException {
    Matcher verb = VERB.matcher(request);
    if (verb.find()) {
      verbs.add(verb.group(1));
    }
    if (request.contains("\"execute\":\"stop\"")) {
      send(client, "{\"event\":\"STOP\"}");
    }
    if (request.contains("\"execute\":\"cont\"")) {
      send(client, "{\"event\":\"RESUME\"}");
    }
    Matcher id = ID.matcher(request);
    if (id.find()) {
      send(client, "{\"return\":{},\"id\":" + id.group(1) + "}");
    }
    if (request.contains("\"execute\":\"migrate\"")) {
      Thread.ofVirtual().start(() -> migrate(client));
    }
    if (request.contains("\"execute\":\"migrate_cancel\"")) {
      sendMigrationEnd(client, "cancelled");
    }
    // After the answer: the host's disk fills up, and a QEMU with its defaults stops.
    if (request.contains("\"execute\":\"cont\"")) {
      send(
          client,
          "{\"event\":\"BLOCK_IO_ERROR\",\"data\":{\"operation\":\"write\","
              + "\"reason\":\"No space left on device\"}}");
      send(client, "{\"event\":\"STOP\"}");
    }
  }

  private void migrate(SocketChannel client) {
    try {
      sendMigrationEnd(client, outcome());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String outcome() {
    try {
      return migration.run();
    } catch (IOException e) {
      return "failed";
    }
  }

  private static void sendMigrationEnd(SocketChannel client, String status) throws IOException {
    send(client, "{\"event\":\"MIGRATION\",\"data\":{\"status\":\"" + status + "\"}}");
  }

  private static void send(SocketChannel client, String line) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(line + "\n");
    while (bytes.hasRemaining()) {
      client.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
