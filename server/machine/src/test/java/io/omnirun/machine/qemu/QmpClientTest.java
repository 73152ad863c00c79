package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.OmniRunException;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QmpClientTest {
  @TempDir Path directory;

  /** A monitor serves one client at a time: the next one would wait behind it for ever. */
  @Test
  void aMonitorThatRefusesTheGreetingIsLeft() throws Exception {
    Path socket = directory.resolve("qmp");
    CompletableFuture<@Nullable String> afterTheRefusal = new CompletableFuture<>();
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(socket));
      Thread.startVirtualThread(() -> refuse(listener, afterTheRefusal));
      assertThatThrownBy(() -> QmpClient.connect(socket, new VmmEvents("m", ignored -> {})))
          .isInstanceOf(OmniRunException.class)
          .hasMessageNotContaining("/the/hosts/file")
          .hasStackTraceContaining("/the/hosts/file");
      assertThat(afterTheRefusal.get(30, TimeUnit.SECONDS))
          .as("the end of the connection")
          .isNull();
    }
  }

  private static void refuse(
      ServerSocketChannel listener, CompletableFuture<@Nullable String> afterTheRefusal) {
    try (SocketChannel client = listener.accept();
        BufferedReader requests =
            new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8))) {
      send(client, "{\"QMP\":{}}");
      String id = requests.readLine().replaceAll(".*\"id\":([0-9]+).*", "$1");
      send(
          client,
          "{\"id\":"
              + id
              + ",\"error\":{\"class\":\"GenericError\",\"desc\":\"no /the/hosts/file\"}}");
      afterTheRefusal.complete(requests.readLine());
    } catch (IOException e) {
      afterTheRefusal.completeExceptionally(e);
    }
  }

  private static void send(SocketChannel client, String line) throws IOException {
    client.write(ByteBuffer.wrap((line + "\r\n").getBytes(StandardCharsets.UTF_8)));
  }
}
