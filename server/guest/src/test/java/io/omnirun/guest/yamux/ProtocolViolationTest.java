package io.omnirun.guest.yamux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A guest that breaks the protocol loses its session, with the reason, and nothing else happens.
 */
@Timeout(60)
class ProtocolViolationTest {
  private static final int ONE = 1;

  private final ScriptedWire wire = new ScriptedWire();
  private final YamuxSession session = YamuxSession.start(wire);
  private YamuxStream stream;

  @BeforeEach
  void openStream() throws Exception {
    stream = session.open();
    assertThat(wire.receive().frame().has(Frame.SYN)).isTrue();
  }

  @AfterEach
  void endSession() {
    session.close();
  }

  private void assertEndedBecause(String reason) throws Exception {
    assertThat(session.ended().get(60, TimeUnit.SECONDS))
        .isInstanceOf(ProtocolViolation.class)
        .hasMessageContaining(reason);
    assertThatThrownBy(() -> stream.write(ByteBuffer.wrap(new byte[1])))
        .isInstanceOf(IOException.class);
    assertThat(wire.isClosed()).isTrue();
  }

  @Test
  void anotherVersion() throws Exception {
    wire.sendBytes(new byte[] {1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0});
    assertEndedBecause("version 1");
  }

  @Test
  void aTypeThatDoesNotExist() throws Exception {
    wire.send(new Frame(4, 0, ONE, 0));
    assertEndedBecause("frame type 4");
  }

  @Test
  void flagsThatDoNotExist() throws Exception {
    wire.send(new Frame(Frame.DATA, 16, ONE, 0));
    assertEndedBecause("flags 16");
  }

  @Test
  void aFrameLargerThanAnyWindow() throws Exception {
    wire.send(new Frame(Frame.DATA, 0, ONE, -1));
    assertEndedBecause("a frame of 4294967295 bytes");
  }

  @Test
  void moreDataThanTheWindowHasRoomFor() throws Exception {
    wire.sendData(ONE, new byte[1024 * 1024]);
    wire.sendData(ONE, new byte[1]);
    assertEndedBecause("more data than the window");
  }

  @Test
  void dataAfterTheEnd() throws Exception {
    wire.send(Frame.windowUpdate(ONE, Frame.FIN, 0));
    wire.sendData(ONE, new byte[1]);
    assertEndedBecause("data after the end");
  }

  @Test
  void aWindowThatGrowsWithoutEnd() throws Exception {
    wire.send(Frame.windowUpdate(ONE, 0, -1));
    assertEndedBecause("a window of more than");
  }

  @Test
  void dataForAStreamThatWasNeverOpened() throws Exception {
    wire.sendData(3, new byte[1]);
    assertEndedBecause("stream 3 was never opened");
  }

  @Test
  void dataForNoStream() throws Exception {
    wire.sendData(0, new byte[1]);
    assertEndedBecause("stream 0 was never opened");
  }

  @Test
  void aStreamWithANumberOfOurs() throws Exception {
    wire.send(Frame.windowUpdate(5, Frame.SYN, 0));
    assertEndedBecause("a stream with a number of ours");
  }

  @Test
  void anAnswerToAPingThatNobodySent() throws Exception {
    wire.send(new Frame(Frame.PING, Frame.ACK, 0, 1));
    assertEndedBecause("an answer to a ping");
  }

  @Test
  void moreQuestionsThanItTakesAnswers() throws Exception {
    ScriptedWire full = new ScriptedWire(1);
    try (YamuxSession flooded = YamuxSession.start(full)) {
      for (int i = 0; i < 2_000; i++) {
        full.send(new Frame(Frame.PING, Frame.SYN, 0, i));
      }
      assertThat(flooded.ended().get(60, TimeUnit.SECONDS))
          .isInstanceOf(ProtocolViolation.class)
          .hasMessageContaining("more questions than it takes answers");
    }
  }
}
