package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.machine.pausing.BackgroundWork;
import io.omnirun.machine.seal.DamagedException;
import io.omnirun.machine.seal.DataKey;
import io.omnirun.machine.seal.SealedInput;
import io.omnirun.machine.seal.SealedOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
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
class StateSenderTest {
  private final DataKey key = DataKey.random(new PauseSeal(new byte[32], "test"));
  private final byte[] state = new byte[8 << 20];

  @TempDir Path directory;
  private StateSender sender;

  @BeforeEach
  void listen() throws IOException {
    new Random(1).nextBytes(state);
    try (SealedOutput file = SealedOutput.create(directory.resolve("ram"), key)) {
      file.write(state);
      file.finish();
    }
    sender = StateSender.listen(directory.resolve("state.sock"));
  }

  @AfterEach
  void close() throws IOException {
    sender.close();
  }

  @Test
  void theVmmGetsWhatWasWritten() throws IOException {
    BackgroundWork sent = sender.send(open());
    try (InputStream vmm = connect()) {
      assertThat(vmm.readAllBytes()).isEqualTo(state);
    }
    sent.join();
  }

  @Test
  void ofAFileThatWasChangedTheVmmGetsTheBeginningAndWhoAsksIsTold() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(directory.resolve("ram").toFile(), "rw")) {
      file.seek(file.length() - 100);
      file.write(file.read() ^ 1);
    }
    BackgroundWork sent = sender.send(open());
    try (InputStream vmm = connect()) {
      assertThat(vmm.readAllBytes()).hasSizeLessThan(state.length);
    }
    assertThatThrownBy(sent::join).isInstanceOf(DamagedException.class);
  }

  @Test
  void closingEndsAConnectionThatNobodyReadsFrom() throws IOException {
    SealedInput file = open();
    BackgroundWork sent = sender.send(file);
    try (InputStream vmm = connect()) {
      assertThat(vmm.read()).isEqualTo(state[0] & 0xFF);
      sender.close();
      assertThat(sent.failureWithin(Duration.ZERO)).isPresent();
      assertThat(vmm.readAllBytes()).hasSizeLessThan(state.length - 1);
    }
    assertThatThrownBy(file::next).isInstanceOf(IOException.class);
  }

  private SealedInput open() throws IOException {
    return SealedInput.open(directory.resolve("ram"), key);
  }

  private InputStream connect() throws IOException {
    return Channels.newInputStream(
        SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("state.sock"))));
  }
}
