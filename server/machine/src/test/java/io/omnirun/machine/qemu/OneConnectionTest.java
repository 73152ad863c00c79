package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.machine.pausing.BackgroundWork;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OneConnectionTest {
  /** With an accept that blocks, the connection stays open in about one in three. */
  private static final int ROUNDS = 500;

  @TempDir Path directory;

  @Test
  void whoConnectsInTheMomentOfAnInterruptSeesAnEnd() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      Path socket = directory.resolve("socket" + round);
      try (ServerSocketChannel listener = listen(socket)) {
        CountDownLatch listening = new CountDownLatch(1);
        BackgroundWork accepting =
            BackgroundWork.start(
                "accepting",
                () -> {
                  listening.countDown();
                  try (SocketChannel taken = OneConnection.accept(listener)) {
                    // An interrupt that came later ends this one.
                    taken.read(ByteBuffer.allocate(1));
                  }
                });
        listening.await();
        BackgroundWork interrupting = BackgroundWork.start("interrupting", accepting::interrupt);
        assertThat(isEndedOrRefused(socket, accepting)).as("round %d", round).isTrue();
        interrupting.join();
      }
    }
  }

  private static boolean isEndedOrRefused(Path socket, BackgroundWork accepting)
      throws IOException {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(socket));
      accepting.cancel();
      client.configureBlocking(false);
      return client.read(ByteBuffer.allocate(1)) < 0;
    } catch (SocketException refusedOrReset) {
      return true;
    }
  }

  @Test
  void nobodyElseIsTaken() throws IOException {
    Path socket = directory.resolve("socket");
    try (ServerSocketChannel listener = listen(socket);
        SocketChannel first = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        SocketChannel taken = OneConnection.accept(listener)) {
      taken.write(ByteBuffer.wrap(new byte[] {7}));
      assertThat(first.read(ByteBuffer.allocate(1))).isEqualTo(1);
      assertThat(listener.isOpen()).isFalse();
    }
  }

  private static ServerSocketChannel listen(Path socket) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    return listener;
  }
}
