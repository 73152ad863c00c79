package io.omnirun.guest.yamux;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever a guest sends: the session ends at the latest with the wire, and nobody waits for ever.
 */
class FrameReaderFuzzTest {
  private static final int STREAMS = 3;
  private static final int FRAMES = 2_000;

  /** Any bytes, in one record. */
  @FuzzTest(maxDuration = "60s")
  void anyBytesEndTheSessionAtTheLatestWithTheWire(byte[] bytes) throws Exception {
    ScriptedWire wire = new ScriptedWire();
    if (bytes.length > 0) {
      wire.sendBytes(bytes);
    }
    assertEnds(wire);
  }

  /** Frames that are nearly right, cut into records anywhere. */
  @RepeatedTest(50)
  @Timeout(60)
  void framesThatAreNearlyRightEndTheSessionAtTheLatestWithTheWire(RepetitionInfo repetition)
      throws Exception {
    Random random = new Random(repetition.getCurrentRepetition());
    ScriptedWire wire = new ScriptedWire();
    for (int i = 0; i < FRAMES; i++) {
      sendInParts(wire, frame(random), random);
    }
    assertEnds(wire);
  }

  private static byte[] frame(Random random) {
    int type = random.nextInt(100) == 0 ? random.nextInt(256) : random.nextInt(3);
    int flags = random.nextInt(4) == 0 ? random.nextInt(16) : 0;
    int id = random.nextInt(10) == 0 ? random.nextInt() : 1 + 2 * random.nextInt(STREAMS);
    byte[] payload = new byte[type == Frame.DATA ? random.nextInt(2_000) : 0];
    int length = type == Frame.DATA ? payload.length : random.nextInt(100_000);
    if (random.nextInt(500) == 0) {
      length = random.nextInt();
    }
    return ByteBuffer.allocate(Frame.HEADER_BYTES + payload.length)
        .put(new Frame(type, flags, id, length).encode())
        .put(payload)
        .array();
  }

  private static void sendInParts(ScriptedWire wire, byte[] frame, Random random) {
    int cut = random.nextInt(frame.length + 1);
    sendPart(wire, ByteBuffer.wrap(frame, 0, cut));
    sendPart(wire, ByteBuffer.wrap(frame, cut, frame.length - cut));
  }

  private static void sendPart(ScriptedWire wire, ByteBuffer part) {
    if (part.hasRemaining()) {
      byte[] bytes = new byte[part.remaining()];
      part.get(bytes);
      wire.sendBytes(bytes);
    }
  }

  private static void assertEnds(ScriptedWire wire) throws Exception {
    try (YamuxSession session = YamuxSession.start(wire)) {
      Thread[] readers = new Thread[STREAMS];
      for (int i = 0; i < STREAMS; i++) {
        readers[i] = Thread.ofVirtual().start(() -> openAndRead(session));
      }
      wire.end();
      assertThat(session.ended().get(60, TimeUnit.SECONDS)).isNotNull();
      for (Thread reader : readers) {
        assertThat(reader.join(Duration.ofSeconds(60))).isTrue();
      }
    }
  }

  private static void openAndRead(YamuxSession session) {
    ByteBuffer target = ByteBuffer.allocate(1_000);
    try (YamuxStream stream = session.open()) {
      while (stream.read(target.clear()) >= 0) {
        assertThat(target.position()).isPositive();
      }
    } catch (IOException e) {
      assertThat(e).isNotNull();
    }
  }
}
