package io.omnirun.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.guest.link.GuestDialer;
import io.omnirun.guest.yamux.YamuxSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole path over a real guest's end of the link: handshake, records, yamux, front. */
@Timeout(180)
class MuxFrontTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int LARGE_BYTES = 64 * 1024 * 1024;

  @TempDir Path folder;

  private Path vmmSocket;
  private Path frontSocket;
  private GoProgram guest;

  @BeforeEach
  void startGuest() throws IOException {
    vmmSocket = folder.resolve("vmm.sock");
    frontSocket = folder.resolve("front.sock");
    guest = GoProgram.linkGuest(vmmSocket);
  }

  @AfterEach
  void stopGuest() {
    guest.close();
  }

  private MuxFront open() throws IOException {
    return MuxFront.open(GuestDialer.virtioSerial(vmmSocket), frontSocket, false, TIMEOUT);
  }

  private SocketChannel dial(int port) throws IOException {
    return new GuestChannel(frontSocket).dial(port, TIMEOUT);
  }

  @Test
  void bytesComeBackFromTheGuest() throws Exception {
    try (MuxFront front = open();
        SocketChannel stream = dial(GuestServices.ECHO)) {
      assertThat(GuestServices.exchange(stream, GuestServices.randomBytes(1, 100)))
          .isEqualTo(GuestServices.randomBytes(1, 100));
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void aFreshCloneIsReachedWithOneHello() throws Exception {
    try (MuxFront front =
            MuxFront.open(GuestDialer.virtioSerial(vmmSocket), frontSocket, true, TIMEOUT);
        SocketChannel stream = dial(GuestServices.ECHO)) {
      assertThat(GuestServices.exchange(stream, new byte[] {1, 2})).containsExactly(1, 2);
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void aLargeTransferToTheGuestArrivesWhole() throws Exception {
    try (MuxFront front = open();
        SocketChannel stream = dial(GuestServices.DIGEST)) {
      byte[] sent = GuestServices.randomBytes(2, LARGE_BYTES);
      long start = System.nanoTime();
      String digest = new String(GuestServices.exchange(stream, sent), StandardCharsets.US_ASCII);
      report("host to guest", start);
      assertThat(digest).isEqualTo(GuestServices.sha256(sent));
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void aLargeTransferFromTheGuestArrivesWhole() throws Exception {
    try (MuxFront front = open();
        SocketChannel stream = dial(GuestServices.SOURCE)) {
      long start = System.nanoTime();
      byte[] request = (LARGE_BYTES + "\n").getBytes(StandardCharsets.US_ASCII);
      byte[] received = GuestServices.exchange(stream, request);
      report("guest to host", start);
      assertThat(received).hasSize(LARGE_BYTES);
      ByteBuffer numbers = ByteBuffer.wrap(received);
      for (long expected = 0; numbers.hasRemaining(); expected++) {
        if (numbers.getLong() != expected) {
          assertThat(numbers.position()).as("first wrong byte").isZero();
        }
      }
      assertThat(front.ended()).isNotDone();
    }
  }

  private static void report(String direction, long startNanoTime) {
    double seconds = (System.nanoTime() - startNanoTime) / 1e9;
    System.out.printf("%s: %.0f MB/s%n", direction, LARGE_BYTES / 1e6 / seconds);
  }

  @Test
  void manyStreamsAtATimeKeepTheirBytesApart() throws Exception {
    try (MuxFront front = open();
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> results = new ArrayList<>();
      for (int seed = 0; seed < 100; seed++) {
        byte[] sent = GuestServices.randomBytes(seed, new Random(seed).nextInt(1_000_000));
        results.add(
            callers.submit(
                () -> {
                  try (SocketChannel stream = dial(GuestServices.ECHO)) {
                    return Arrays.equals(GuestServices.exchange(stream, sent), sent);
                  }
                }));
      }
      for (Future<Boolean> result : results) {
        assertThat(result.get()).isTrue();
      }
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void aPortNobodyListensOnIsSaidToBeClosed() throws Exception {
    try (MuxFront front = open()) {
      assertThatThrownBy(() -> dial(1)).isInstanceOf(PortClosedException.class);
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void noMoreStreamsThanTheContractAllowsAreOpenedAndAClosedOneMakesRoom() throws Exception {
    List<SocketChannel> streams = new ArrayList<>();
    try (MuxFront front = open()) {
      for (int i = 0; i < YamuxSession.MAX_STREAMS; i++) {
        streams.add(dial(GuestServices.ECHO));
      }
      assertThatThrownBy(() -> dial(GuestServices.ECHO)).isInstanceOf(IOException.class);
      assertThat(GuestServices.exchange(streams.removeLast(), new byte[] {7})).containsExactly(7);
      assertThat(front.ended()).isNotDone();
    } finally {
      for (SocketChannel stream : streams) {
        stream.close();
      }
    }
  }

  @Test
  void clientsThatHangUpOnASilentGuestLeaveRoomToOthers() throws Exception {
    try (MuxFront front = open()) {
      for (int i = 0; i < 2 * YamuxSession.MAX_STREAMS; i++) {
        dial(GuestServices.SILENT).close();
      }
      try (SocketChannel stream = dial(GuestServices.ECHO)) {
        assertThat(GuestServices.exchange(stream, new byte[] {7})).containsExactly(7);
      }
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void aSilentGuestIsNotWaitedForByAClientThatSendsNoMore() throws Exception {
    try (MuxFront front = open();
        SocketChannel stream = dial(GuestServices.SILENT)) {
      stream.shutdownOutput();
      assertThat(stream.read(ByteBuffer.allocate(1))).isEqualTo(-1);
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void onlyTheOwnerMayConnect() throws Exception {
    try (MuxFront front = open()) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(frontSocket)))
          .isEqualTo("rw-------");
      assertThat(front.ended()).isNotDone();
    }
  }

  @Test
  void theLossOfTheGuestIsReportedAndItsStreamsEnd() throws Exception {
    try (MuxFront front = open();
        SocketChannel stream = dial(GuestServices.ECHO)) {
      guest.close();
      assertThat(front.ended().get(60, TimeUnit.SECONDS)).isNotNull();
      assertThat(stream.read(ByteBuffer.allocate(1))).isEqualTo(-1);
      assertThat(frontSocket).doesNotExist();
    }
  }

  @Test
  void closingEndsStreamsAndRemovesTheSocket() throws Exception {
    MuxFront front = open();
    try (SocketChannel stream = dial(GuestServices.ECHO)) {
      front.close();
      assertThat(frontSocket).doesNotExist();
      assertThat(stream.read(ByteBuffer.allocate(1))).isEqualTo(-1);
      assertThat(front.ended()).isDone();
    }
  }

  @Test
  void aFrontThatIsClosedInTheMiddleOfTransfersLeavesNothingToTheNext() throws Exception {
    Random random = new Random(3);
    for (int round = 0; round < 30; round++) {
      try (MuxFront front = open();
          SocketChannel upward = dial(GuestServices.SOURCE);
          SocketChannel echo = dial(GuestServices.ECHO)) {
        upward.write(ByteBuffer.wrap((LARGE_BYTES + "\n").getBytes(StandardCharsets.US_ASCII)));
        byte[] sent = GuestServices.randomBytes(round, random.nextInt(300_000));
        Thread writer = Thread.ofVirtual().start(() -> writeUntilClosed(echo, sent));
        upward.read(ByteBuffer.allocate(1 + random.nextInt(200_000)));
        front.close();
        writer.join();
      }
    }
    try (MuxFront front = open();
        SocketChannel stream = dial(GuestServices.ECHO)) {
      byte[] sent = GuestServices.randomBytes(4, 1_000_000);
      assertThat(GuestServices.exchange(stream, sent)).isEqualTo(sent);
      assertThat(front.ended()).isNotDone();
    }
  }

  private static void writeUntilClosed(SocketChannel stream, byte[] bytes) {
    try {
      stream.write(ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      assertThat(e).isNotNull();
    }
  }

  @Test
  void aRoundTripCostsLittle() throws Exception {
    try (MuxFront front = open();
        SocketChannel stream = dial(GuestServices.ECHO)) {
      int rounds = 5_000;
      ByteBuffer one = ByteBuffer.allocate(1);
      long start = 0;
      for (int i = -rounds; i < rounds; i++) {
        start = i == 0 ? System.nanoTime() : start;
        stream.write(one.clear());
        assertThat(stream.read(one.clear())).isEqualTo(1);
      }
      double microseconds = (System.nanoTime() - start) / 1e3 / rounds;
      System.out.printf("round trip of a byte: %.0f us%n", microseconds);
      assertThat(front.ended()).isNotDone();
    }
  }
}
