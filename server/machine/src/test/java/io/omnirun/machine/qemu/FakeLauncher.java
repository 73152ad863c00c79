package io.omnirun.machine.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/** A launcher that holds golden snapshots by saying so, over a real socket. */
final class FakeLauncher implements AutoCloseable {
  final Set<String> held = new ConcurrentSkipListSet<>();
  private final ObjectMapper json = new ObjectMapper();
  private final ServerSocketChannel listening;

  FakeLauncher(Path socket) throws IOException {
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().name("fake-launcher").start(this::serve);
  }

  private void serve() {
    try (SocketChannel peer = listening.accept();
        BufferedReader requests = new BufferedReader(Channels.newReader(peer, UTF_8))) {
      String line = requests.readLine();
      while (line != null) {
        ByteBuffer answer = ByteBuffer.wrap((answer(json.readTree(line)) + "\n").getBytes(UTF_8));
        while (answer.hasRemaining()) {
          peer.write(answer);
        }
        line = requests.readLine();
      }
    } catch (ClosedChannelException e) {
      // The test has ended.
    } catch (IOException e) {
      throw new AssertionError("the fake launcher broke", e);
    }
  }

  private ObjectNode answer(JsonNode request) {
    ObjectNode answer = json.createObjectNode().put("id", request.get("id").asLong());
    ObjectNode ok = answer.putObject("ok");
    String golden = request.at("/spec/golden").asText();
    switch (request.get("verb").asText()) {
      case "golden.release" -> held.remove(golden);
      case "golden.list" ->
          held.forEach(
              name -> ok.withArray("goldens").addObject().put("golden", name).put("bytes", 1));
      case "events.subscribe" -> {}
      default -> throw new AssertionError("an unexpected request: " + request);
    }
    return answer;
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
