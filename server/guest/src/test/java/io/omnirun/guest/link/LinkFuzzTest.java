package io.omnirun.guest.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.omnirun.guest.ScriptedGuest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/** Whatever a guest sends: only records of the connection are taken, and the end is noticed. */
class LinkFuzzTest {

  /** Any bytes instead of records: none can carry the tag, which is random. */
  @FuzzTest(maxDuration = "60s")
  void anyBytesAreNoRecord(byte[] bytes) throws IOException {
    assertThat(recordsIn(bytes, false)).isZero();
  }

  /** Any bytes cut into records of the connection are its bytes. */
  @FuzzTest(maxDuration = "60s")
  void anyBytesInRecordsComeThrough(byte[] bytes) throws IOException {
    assertThat(recordsIn(bytes, true)).isEqualTo(bytes.length == 0 ? 0 : 1);
  }

  /** Any 32 bytes are a message only if encoding it again gives the same. */
  @FuzzTest(maxDuration = "60s")
  void aMessageIsWhatItsEncodingIs(byte[] bytes) {
    byte[] message = Arrays.copyOf(bytes, LinkMessage.BYTES);
    LinkMessage.decode(ByteBuffer.wrap(message))
        .ifPresent(decoded -> assertThat(decoded.encode().array()).isEqualTo(message));
  }

  private static int recordsIn(byte[] sent, boolean tagged) throws IOException {
    Path folder = Files.createTempDirectory("link");
    Path socket = folder.resolve("vmm.sock");
    byte[] payload = Arrays.copyOf(sent, Math.min(sent.length, LinkConnection.MAX_RECORD_BYTES));
    try (ScriptedGuest _ =
            ScriptedGuest.start(
                socket,
                (input, output) -> {
                  FakeAgent agent = new FakeAgent(input, output);
                  Nonce nonce = agent.shakeHands();
                  if (tagged && payload.length > 0) {
                    agent.writeRecord(payload, nonce.guestToHostTag());
                  } else {
                    agent.write(sent);
                  }
                });
        LinkConnection link =
            LinkConnection.connect(
                GuestDialer.virtioSerial(socket), true, Duration.ofSeconds(60))) {
      return countRecords(link, payload);
    } finally {
      Files.deleteIfExists(socket);
      Files.delete(folder);
    }
  }

  private static int countRecords(LinkConnection link, byte[] payload) {
    int count = 0;
    try {
      while (true) {
        ByteBuffer record = link.readRecord();
        assertThat(record).isEqualTo(ByteBuffer.wrap(payload));
        count++;
      }
    } catch (IOException e) {
      assertThat(e).isNotNull();
      return count;
    }
  }
}
