package io.omnirun.guest.yamux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.guest.yamux.ScriptedWire.Sent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the host does with a guest that keeps to the protocol. */
@Timeout(60)
class YamuxSessionTest {
  private final ScriptedWire wire = new ScriptedWire();
  private final YamuxSession session = YamuxSession.start(wire);

  @AfterEach
  void endSession() {
    session.close();
  }

  private YamuxStream open() throws Exception {
    YamuxStream stream = session.open();
    assertThat(wire.receive().frame().has(Frame.SYN)).isTrue();
    return stream;
  }

  private static byte[] read(YamuxStream stream, int atMost) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(atMost);
    int count = stream.read(target);
    byte[] bytes = new byte[Math.max(count, 0)];
    target.flip().get(bytes);
    return bytes;
  }

  private IOException reason() throws Exception {
    return session.ended().get(60, TimeUnit.SECONDS);
  }

  @Test
  void aStreamIsOpenedWithOurWindow() throws Exception {
    YamuxStream stream = session.open();
    assertThat(wire.receive().frame())
        .isEqualTo(Frame.windowUpdate(stream.id(), Frame.SYN, 768 * 1024));
    assertThat(stream.id()).isEqualTo(1);
    assertThat(session.open().id()).isEqualTo(3);
  }

  @Test
  void bytesThatComeAreRead() throws Exception {
    YamuxStream stream = open();
    wire.sendData(stream.id(), new byte[] {1, 2, 3});
    assertThat(read(stream, 2)).containsExactly(1, 2);
    assertThat(read(stream, 2)).containsExactly(3);
  }

  @Test
  void aFrameMayBeSpreadOverRecordsAsItLikes() throws Exception {
    YamuxStream stream = open();
    byte[] frame =
        ByteBuffer.allocate(15)
            .put(new Frame(Frame.DATA, 0, stream.id(), 3).encode())
            .put(new byte[] {1, 2, 3})
            .array();
    for (byte part : frame) {
      wire.sendBytes(new byte[] {part});
    }
    ByteBuffer all = ByteBuffer.allocate(3);
    while (all.hasRemaining()) {
      stream.read(all);
    }
    assertThat(all.array()).containsExactly(1, 2, 3);
  }

  @Test
  void bytesThatAreWrittenAreSentInFramesThatFitARecord() throws Exception {
    YamuxStream stream = open();
    stream.write(ByteBuffer.wrap(new byte[100_000]));
    Sent first = wire.receive();
    Sent second = wire.receive();
    assertThat(first.payload()).hasSize(65_536 - Frame.HEADER_BYTES);
    assertThat(first.payload().length + second.payload().length).isEqualTo(100_000);
  }

  @Test
  void aWriterWaitsForTheGuestsWindow() throws Exception {
    YamuxStream stream = open();
    CompletableFuture<Boolean> written = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                stream.write(ByteBuffer.wrap(new byte[256 * 1024 + 1]));
                written.complete(true);
              } catch (IOException e) {
                written.completeExceptionally(e);
              }
            });
    int bytes = 0;
    while (bytes < 256 * 1024) {
      bytes += wire.receive().payload().length;
    }
    assertThat(bytes).isEqualTo(256 * 1024);
    assertThat(written).isNotDone();
    wire.send(Frame.windowUpdate(stream.id(), Frame.ACK, 1));
    assertThat(written.get(60, TimeUnit.SECONDS)).isTrue();
    assertThat(wire.receive().payload()).hasSize(1);
  }

  @Test
  void theGuestIsToldOfRoomInLargeSteps() throws Exception {
    YamuxStream stream = open();
    int half = 512 * 1024;
    wire.sendData(stream.id(), new byte[half]);
    ByteBuffer target = ByteBuffer.allocate(half - 1);
    while (target.hasRemaining()) {
      stream.read(target);
    }
    assertThat(wire.receiveNow()).isNull();
    read(stream, 1);
    assertThat(wire.receive().frame()).isEqualTo(Frame.windowUpdate(stream.id(), 0, half));
  }

  @Test
  void eachDirectionEndsByItself() throws Exception {
    YamuxStream stream = open();
    stream.closeWrite();
    assertThat(wire.receive().frame().has(Frame.FIN)).isTrue();
    assertThatThrownBy(() -> stream.write(ByteBuffer.wrap(new byte[1])))
        .isInstanceOf(IOException.class);
    wire.send(new Frame(Frame.DATA, Frame.FIN, stream.id(), 1), new byte[] {5});
    assertThat(read(stream, 10)).containsExactly(5);
    assertThat(stream.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    stream.close();
    assertThat(wire.receiveNow()).isNull();
  }

  @Test
  void whatCameBeforeTheGuestEndedAStreamIsStillRead() throws Exception {
    YamuxStream stream = open();
    wire.sendData(stream.id(), new byte[] {1});
    wire.send(Frame.windowUpdate(stream.id(), Frame.RST, 0));
    assertThat(read(stream, 10)).containsExactly(1);
    assertThatThrownBy(() -> read(stream, 10)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> stream.write(ByteBuffer.wrap(new byte[1])))
        .isInstanceOf(IOException.class);
  }

  @Test
  void closingAStreamEarlyTellsTheGuestAndDropsWhatStillComes() throws Exception {
    YamuxStream stream = open();
    stream.close();
    assertThat(wire.receive().frame()).isEqualTo(Frame.windowUpdate(stream.id(), Frame.RST, 0));
    wire.sendData(stream.id(), new byte[1000]);
    YamuxStream next = open();
    wire.sendData(next.id(), new byte[] {8});
    assertThat(read(next, 10)).containsExactly(8);
    assertThat(session.ended()).isNotDone();
  }

  @Test
  void aCloseEndsAReadThatWaits() throws Exception {
    YamuxStream stream = open();
    Thread closer = Thread.ofVirtual().start(() -> closeUnchecked(stream));
    assertThatThrownBy(() -> read(stream, 1)).isInstanceOf(IOException.class);
    closer.join();
  }

  private static void closeUnchecked(YamuxStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aStreamThatWritesMuchDoesNotKeepAnotherWaiting() throws Exception {
    ScriptedWire narrow = new ScriptedWire(1);
    try (YamuxSession shared = YamuxSession.start(narrow)) {
      YamuxStream much = shared.open();
      narrow.receive();
      YamuxStream little = shared.open();
      narrow.receive();
      narrow.send(Frame.windowUpdate(much.id(), Frame.ACK, 1 << 29));
      Thread.ofVirtual().start(() -> writeUnchecked(much, 1 << 28));
      assertThat(narrow.receive().frame().streamId()).isEqualTo(much.id());
      for (int round = 0; round < 50; round++) {
        Thread waiting = Thread.ofVirtual().start(() -> writeUnchecked(little, 1));
        while (waiting.isAlive() && waiting.getState() != Thread.State.WAITING) {
          Thread.onSpinWait();
        }
        // One frame has been taken by the wire and one holds the turn; ours is next.
        assertThat(framesBefore(little, narrow)).isLessThanOrEqualTo(2);
      }
    }
  }

  private static int framesBefore(YamuxStream stream, ScriptedWire wire) throws Exception {
    int frames = 0;
    while (wire.receive().frame().streamId() != stream.id()) {
      frames++;
    }
    return frames;
  }

  private static void writeUnchecked(YamuxStream stream, int count) {
    ByteBuffer chunk = ByteBuffer.allocate(Math.min(count, 1 << 20));
    try {
      for (int left = count; left > 0; left -= chunk.capacity()) {
        stream.write(chunk.clear());
      }
    } catch (IOException e) {
      assertThat(e).isNotNull();
    }
  }

  @Test
  void aPingIsAnswered() throws Exception {
    wire.send(new Frame(Frame.PING, Frame.SYN, 0, 4711));
    assertThat(wire.receive().frame()).isEqualTo(new Frame(Frame.PING, Frame.ACK, 0, 4711));
  }

  @Test
  void aStreamThatTheGuestOpensIsRefused() throws Exception {
    wire.send(new Frame(Frame.DATA, Frame.SYN, 2, 3), new byte[3]);
    assertThat(wire.receive().frame()).isEqualTo(Frame.windowUpdate(2, Frame.RST, 0));
    wire.sendData(2, new byte[10]);
    wire.send(new Frame(Frame.PING, Frame.SYN, 0, 1));
    assertThat(wire.receive().frame().type()).isEqualTo(Frame.PING);
  }

  @Test
  void noMoreThanTheAllowedStreamsAreOpenedAndAClosedOneMakesRoom() throws Exception {
    List<YamuxStream> streams = new ArrayList<>();
    for (int i = 0; i < YamuxSession.MAX_STREAMS; i++) {
      streams.add(open());
    }
    assertThatThrownBy(session::open).isInstanceOf(IOException.class);
    streams.getFirst().close();
    assertThat(wire.receive().frame().has(Frame.RST)).isTrue();
    assertThat(open().id()).isEqualTo(2 * YamuxSession.MAX_STREAMS + 1);
  }

  @Test
  void theEndOfTheWireFailsEveryStreamButNotWhatHasCome() throws Exception {
    YamuxStream whole = open();
    YamuxStream half = open();
    wire.send(new Frame(Frame.DATA, Frame.FIN, whole.id(), 1), new byte[] {1});
    wire.sendData(half.id(), new byte[] {2});
    wire.end();
    assertThat(reason()).hasMessageContaining("the wire has ended");
    assertThat(read(whole, 10)).containsExactly(1);
    assertThat(whole.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    assertThat(read(half, 10)).containsExactly(2);
    assertThatThrownBy(() -> read(half, 10)).hasRootCauseMessage("the wire has ended");
    assertThatThrownBy(session::open).isInstanceOf(IOException.class);
    assertThat(wire.isClosed()).isTrue();
  }

  @Test
  void aReaderThatRunsOutOfMemoryEndsTheSession() throws Exception {
    YamuxStream stream = open();
    OutOfMemoryError error = new OutOfMemoryError("a test's");
    wire.fail(error);
    assertThat(reason()).hasCause(error);
    assertThatThrownBy(() -> read(stream, 1)).hasRootCause(error);
    assertThat(wire.isClosed()).isTrue();
  }

  @Test
  void aGuestThatGoesAwayEndsTheSession() throws Exception {
    wire.send(new Frame(Frame.GO_AWAY, 0, 0, 0));
    assertThat(reason()).hasMessageContaining("the guest ended it");
  }

  @Test
  void theReasonToCloseIsWhatTheSessionEndedOf() throws Exception {
    IOException reason = new IOException("enough");
    session.close(reason);
    session.close();
    assertThat(reason()).isSameAs(reason);
  }

  private static byte[] poll(YamuxStream stream) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(1024 * 1024);
    int count = stream.poll(target);
    byte[] bytes = new byte[count];
    target.flip().get(bytes);
    return bytes;
  }

  /** A task that tells when it was run, and fails the second time. */
  private static CompletableFuture<Boolean> whenReadable(YamuxStream stream) {
    CompletableFuture<Boolean> readable = new CompletableFuture<>();
    stream.whenReadable(() -> assertThat(readable.complete(true)).isTrue());
    return readable;
  }

  @Test
  void whoPollsIsToldOnceThatSomethingHasCome() throws Exception {
    YamuxStream stream = open();
    assertThat(poll(stream)).isEmpty();
    CompletableFuture<Boolean> readable = whenReadable(stream);
    assertThat(readable).isNotDone();
    wire.sendData(stream.id(), new byte[] {1, 2});
    assertThat(readable.get(60, TimeUnit.SECONDS)).isTrue();
    assertThat(poll(stream)).containsExactly(1, 2);
    assertThat(poll(stream)).isEmpty();
    wire.sendData(stream.id(), new byte[] {3});
    assertThat(read(stream, 1)).containsExactly(3);
    assertThat(session.ended()).isNotDone();
  }

  @Test
  void whoPollsIsToldAtOnceOfWhatIsThereAlready() throws Exception {
    YamuxStream stream = open();
    wire.sendData(stream.id(), new byte[] {1, 2});
    assertThat(read(stream, 1)).containsExactly(1);
    assertThat(whenReadable(stream)).isCompleted();
    assertThat(stream.poll(ByteBuffer.allocate(0))).isZero();
    assertThat(poll(stream)).containsExactly(2);
  }

  @Test
  void whoPollsIsToldOfTheEnd() throws Exception {
    YamuxStream stream = open();
    CompletableFuture<Boolean> readable = whenReadable(stream);
    wire.send(Frame.windowUpdate(stream.id(), Frame.FIN, 0));
    assertThat(readable.get(60, TimeUnit.SECONDS)).isTrue();
    assertThat(stream.poll(ByteBuffer.allocate(1))).isEqualTo(-1);
  }

  @Test
  void whoPollsIsToldThatTheStreamIsLost() throws Exception {
    YamuxStream stream = open();
    CompletableFuture<Boolean> readable = whenReadable(stream);
    wire.send(Frame.windowUpdate(stream.id(), Frame.RST, 0));
    assertThat(readable.get(60, TimeUnit.SECONDS)).isTrue();
    assertThatThrownBy(() -> stream.poll(ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
  }

  @Test
  void theGuestIsToldOfTheRoomThatPollingMakes() throws Exception {
    YamuxStream stream = open();
    int half = 512 * 1024;
    wire.sendData(stream.id(), new byte[half]);
    int polled = 0;
    while (polled < half) {
      CompletableFuture<Boolean> readable = whenReadable(stream);
      readable.get(60, TimeUnit.SECONDS);
      polled += poll(stream).length;
    }
    assertThat(wire.receive().frame()).isEqualTo(Frame.windowUpdate(stream.id(), 0, half));
  }
}
