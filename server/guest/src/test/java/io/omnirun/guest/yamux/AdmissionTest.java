package io.omnirun.guest.yamux;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which streams of a guest are taken. */
@Timeout(60)
class AdmissionTest {
  private static final int SECONDS = 60;

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final ScriptedWire wire = new ScriptedWire();
  private final BlockingQueue<YamuxStream> accepted = new LinkedBlockingQueue<>();
  private final Map<YamuxStream, CompletableFuture<Void>> served = new ConcurrentHashMap<>();
  private final YamuxSession session =
      YamuxSession.start(wire, Optional.of(new Admission(this::serve, nanos::get)));

  /** Until the test has had enough of it. */
  private void serve(YamuxStream stream) {
    CompletableFuture<Void> over = new CompletableFuture<>();
    served.put(stream, over);
    accepted.add(stream);
    over.join();
  }

  private void letGo(YamuxStream stream) {
    requireNonNull(served.get(stream)).complete(null);
  }

  @AfterEach
  void endSession() {
    session.close();
    served.values().forEach(over -> over.complete(null));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private YamuxStream next() throws InterruptedException {
    YamuxStream stream = accepted.poll(SECONDS, TimeUnit.SECONDS);
    if (stream == null) {
      throw new AssertionError("no stream was taken");
    }
    return stream;
  }

  private YamuxStream open(int id) throws InterruptedException {
    wire.send(Frame.windowUpdate(id, Frame.SYN, 0));
    return next();
  }

  private void assertRefused(int id) throws InterruptedException {
    wire.send(Frame.windowUpdate(id, Frame.SYN, 0));
    assertThat(wire.receive().frame()).isEqualTo(Frame.windowUpdate(id, Frame.RST, 0));
    assertThat(accepted).isEmpty();
  }

  @Test
  void aStreamOfTheGuestCarriesBytesBothWaysAndEndsEachByItself() throws Exception {
    YamuxStream stream = open(2);
    stream.acknowledge();
    assertThat(wire.receive().frame()).isEqualTo(Frame.windowUpdate(2, Frame.ACK, 0));
    wire.send(new Frame(Frame.DATA, Frame.FIN, 2, 1), new byte[] {7});
    ByteBuffer target = ByteBuffer.allocate(9);
    assertThat(stream.read(target)).isEqualTo(1);
    assertThat(stream.read(target)).isEqualTo(-1);
    stream.write(ByteBuffer.wrap(new byte[] {8}));
    assertThat(wire.receive().payload()).containsExactly(8);
    stream.closeWrite();
    assertThat(wire.receive().frame().has(Frame.FIN)).isTrue();
    assertThat(session.stream(2)).isEmpty();
  }

  @Test
  void aStreamMayBeginWithData() throws Exception {
    wire.send(new Frame(Frame.DATA, Frame.SYN, 2, 1), new byte[] {7});
    ByteBuffer target = ByteBuffer.allocate(9);
    assertThat(next().read(target)).isEqualTo(1);
  }

  @Test
  void soManyAreTakenAtATimeAndMoreWhenOneIsOver() throws Exception {
    for (int i = 1; i < Admission.MAX_STREAMS; i++) {
      open(2 * i);
    }
    YamuxStream last = open(2 * Admission.MAX_STREAMS);
    assertRefused(100);
    pass(Duration.ofSeconds(10));
    assertRefused(102);
    letGo(last);
    assertThat(wire.receive().frame()).isEqualTo(Frame.windowUpdate(last.id(), Frame.RST, 0));
    awaitPlace(104);
    assertRefused(106);
  }

  @Test
  void soManyAreTakenAtOnceAndThenSoManyInASecond() throws Exception {
    int id = 0;
    for (int i = 0; i < Admission.BURST; i++) {
      id += 2;
      openAndLetGo(id);
    }
    assertRefused(200);
    pass(Duration.ofSeconds(1));
    for (int i = 0; i < Admission.RATE; i++) {
      id += 2;
      openAndLetGo(id);
    }
    assertRefused(202);
    pass(Duration.ofHours(1));
    for (int i = 0; i < Admission.BURST; i++) {
      id += 2;
      openAndLetGo(id);
    }
    assertRefused(204);
  }

  private void openAndLetGo(int id) throws InterruptedException {
    letGo(open(id));
    assertThat(wire.receive().frame()).isEqualTo(Frame.windowUpdate(id, Frame.RST, 0));
    // Its place is free a moment later.
    Thread.sleep(2);
  }

  /** A place is free a moment after its stream is closed. */
  private void awaitPlace(int id) throws InterruptedException {
    YamuxStream stream = null;
    while (stream == null) {
      wire.send(Frame.windowUpdate(id, Frame.SYN, 0));
      stream = accepted.poll(100, TimeUnit.MILLISECONDS);
      if (stream == null) {
        assertThat(wire.receive().frame()).isEqualTo(Frame.windowUpdate(id, Frame.RST, 0));
      }
    }
  }

  /** Else a guest that takes no bytes could have us wait with a thread for each that it opens. */
  @Test
  void aStreamThatTheGuestResetsKeepsItsPlaceAsLongAsItIsWorkedOn() throws Exception {
    YamuxStream first = open(2);
    for (int i = 2; i <= Admission.MAX_STREAMS; i++) {
      open(2 * i);
    }
    for (int i = 1; i <= Admission.MAX_STREAMS; i++) {
      wire.send(Frame.windowUpdate(2 * i, Frame.RST, 0));
    }
    assertRefused(100);
    letGo(first);
    awaitPlace(102);
  }

  @Test
  void aStreamHoldsNoMoreThanTheFirstWindow() throws Exception {
    open(2);
    wire.sendData(2, new byte[256 * 1024]);
    wire.sendData(2, new byte[1]);
    assertThat(reason()).hasMessageContaining("window");
  }

  @Test
  void whatIsSentOnARefusedStreamIsDropped() throws Exception {
    for (int i = 1; i <= Admission.MAX_STREAMS; i++) {
      open(2 * i);
    }
    assertRefused(100);
    wire.sendData(100, new byte[1024]);
    wire.send(Frame.windowUpdate(100, Frame.FIN, 0));
    assertThat(session.ended()).isNotDone();
    YamuxStream ours = session.open();
    assertThat(ours.id()).isEqualTo(1);
  }

  @Test
  void theHostsOwnStreamsHaveTheirPlacesAllTheSame() throws Exception {
    for (int i = 1; i <= Admission.MAX_STREAMS; i++) {
      open(2 * i);
    }
    for (int i = 0; i < YamuxSession.MAX_STREAMS; i++) {
      assertThat(session.open()).isNotNull();
    }
  }

  @Test
  void aNumberOfTheHostsOrOneThatIsOpenBreaksTheSession() throws Exception {
    open(2);
    wire.send(Frame.windowUpdate(2, Frame.SYN, 0));
    assertThat(reason()).isInstanceOf(ProtocolViolation.class);
  }

  @Test
  void aReaderWaitsNoLongerThanItIsTold() throws Exception {
    YamuxStream stream = open(2);
    assertThat(stream.id()).isEqualTo(2);
    assertThatThrownBy(() -> stream.read(ByteBuffer.allocate(1), Duration.ofMillis(10)))
        .isInstanceOf(SocketTimeoutException.class);
    wire.sendData(2, new byte[] {1});
    assertThat(stream.read(ByteBuffer.allocate(1), Duration.ofSeconds(SECONDS))).isEqualTo(1);
  }

  private IOException reason() throws Exception {
    return session.ended().get(SECONDS, TimeUnit.SECONDS);
  }
}
