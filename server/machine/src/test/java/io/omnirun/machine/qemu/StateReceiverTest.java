package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.machine.pausing.BackgroundWork;
import io.omnirun.machine.seal.DataKey;
import io.omnirun.machine.seal.SealedInput;
import io.omnirun.machine.seal.SealedOutput;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StateReceiverTest {
  private static final int RAM_BYTES = 1 << 20;

  @TempDir Path directory;
  private final DataKey key = DataKey.random(new PauseSeal(new byte[32], "test"));
  private StateReceiver receiver;
  private SealedOutput file;

  @BeforeEach
  void listen() throws IOException {
    receiver = StateReceiver.listen(directory.resolve("state.sock"));
    file = SealedOutput.create(directory.resolve("ram"), key);
  }

  @AfterEach
  void close() throws IOException {
    receiver.close();
    file.close();
  }

  @Test
  void whatTheVmmSendsIsInTheFile() throws IOException {
    BackgroundWork received = receiver.receiveInto(file, RAM_BYTES);
    byte[] state = new byte[RAM_BYTES];
    new Random(1).nextBytes(state);
    try (SocketChannel vmm = connect()) {
      writeAll(vmm, ByteBuffer.wrap(state));
    }
    received.join();
    try (SealedInput opened = SealedInput.open(directory.resolve("ram"), key)) {
      assertThat(opened.readAllBytes()).isEqualTo(state);
    }
  }

  @Test
  void aVmmThatSendsWithoutEndIsCutOff() throws IOException {
    BackgroundWork received = receiver.receiveInto(file, RAM_BYTES);
    try (SocketChannel vmm = connect()) {
      ByteBuffer much = ByteBuffer.allocate((int) StateReceiver.maxBytes(RAM_BYTES) + (1 << 20));
      assertThatThrownBy(() -> writeAll(vmm, much)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(received::join).hasMessageContaining("a state of more than");
  }

  @Test
  void closingEndsAConnectionThatWasTaken() throws IOException {
    BackgroundWork received = receiver.receiveInto(file, RAM_BYTES);
    try (SocketChannel vmm = connect()) {
      // More than waits unread in a socket.
      writeAll(vmm, ByteBuffer.allocate(RAM_BYTES));
      receiver.close();
      assertThat(received.failureWithin(Duration.ZERO)).isPresent();
      assertThatThrownBy(() -> vmm.write(ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
    }
  }

  @Test
  void closingEndsAWaitForTheConnection() throws IOException {
    BackgroundWork received = receiver.receiveInto(file, RAM_BYTES);
    receiver.close();
    assertThat(received.failureWithin(Duration.ZERO)).isPresent();
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("state.sock")));
  }

  private static void writeAll(SocketChannel vmm, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      vmm.write(bytes);
    }
  }
}
