package io.omnirun.guest.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.guest.yamux.Wire;
import io.omnirun.guest.yamux.YamuxSession;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What calls do whose guest is reached without a socket, and stops in the middle. */
@Timeout(60)
class StreamEndPointTest {
  private static final Path SOCKET = Path.of("/nowhere/guest.sock");
  private static final int PORT = 1;
  private static final Duration PATIENCE = Duration.ofMillis(300);
  private static final int MORE_THAN_WINDOW_BYTES = 1024 * 1024;

  /** What a guest says that has joined a stream to a port. */
  private static final String JOINED = "OK 1\n";

  private static final int FIRST_STREAM = 1;
  private static final int HEADER_BYTES = 12;

  /** A record of the guest's with something that it says on a stream. */
  private static ByteBuffer said(int stream, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(HEADER_BYTES + bytes.length)
        .putInt(0)
        .putInt(stream)
        .putInt(bytes.length)
        .put(bytes)
        .flip();
  }

  private static Request upload(GuestHttp http) {
    return http.request(SOCKET, PORT, "/")
        .body(new BytesRequestContent(new byte[MORE_THAN_WINDOW_BYTES]));
  }

  private interface Check {
    void run() throws Exception;
  }

  /** A call ends in time, whatever its guest does not do; then something else holds, too. */
  private static void assertGivenUp(StuckWire wire, Check afterwards) throws Exception {
    try (GuestHttp http = GuestHttp.start();
        YamuxSession session = YamuxSession.start(wire)) {
      http.sessions().add(SOCKET, session);
      Request request = upload(http);
      AnswerListener listener = new AnswerListener();
      request.send(listener);
      assertThatThrownBy(() -> listener.awaitHead(request, http.alarms(), PATIENCE))
          .isInstanceOf(ExecutionException.class);
      afterwards.run();
    }
  }

  @Test
  void aGuestThatTakesNothingHoldsNobodyUp() throws Exception {
    assertGivenUp(new StuckWire(2), () -> {});
  }

  @Test
  void norDoesOneThatTakesNotEvenTheOpeningOfAStream() throws Exception {
    assertGivenUp(new StuckWire(0), () -> {});
  }

  @Test
  void norDoesOneThatGivesNoWindowAndItIsToldOfTheEnd() throws Exception {
    StuckWire wire = new StuckWire(Integer.MAX_VALUE);
    assertGivenUp(wire, wire.reset::await);
  }

  /** One that was kept would let the next call wait in vain until its time-out. */
  @Test
  void aConnectionWhoseStreamIsLostIsNotUsedAgain() throws Exception {
    try (GuestHttp http = GuestHttp.start();
        YamuxSession first = YamuxSession.start(new AnsweringWire());
        YamuxSession second = YamuxSession.start(new AnsweringWire())) {
      http.sessions().add(SOCKET, first);
      assertThat(answer(http)).isEqualTo(204);
      first.close();
      http.sessions().add(SOCKET, second);
      callAtItsEnd(http);
      assertThat(answer(http)).isEqualTo(204);
    }
  }

  /** A call that takes the connection in the moment in which it ends is told so, in time. */
  private static void callAtItsEnd(GuestHttp http) throws Exception {
    try {
      assertThat(answer(http)).isEqualTo(204);
    } catch (ExecutionException e) {
      assertThat(e).hasCauseInstanceOf(IOException.class);
    }
  }

  private static int answer(GuestHttp http) throws Exception {
    Request request = http.request(SOCKET, PORT, "/");
    AnswerListener listener = new AnswerListener();
    request.send(listener);
    int status = listener.awaitHead(request, http.alarms(), Duration.ofSeconds(20)).getStatus();
    listener.getInputStream().readAllBytes();
    return status;
  }

  @Test
  void theEndOfASessionEndsItsCalls() throws Exception {
    StuckWire wire = new StuckWire(2);
    try (GuestHttp http = GuestHttp.start();
        YamuxSession session = YamuxSession.start(wire)) {
      http.sessions().add(SOCKET, session);
      Request request = upload(http);
      AnswerListener listener = new AnswerListener();
      request.send(listener);
      wire.joined.await();
      session.close();
      assertThatThrownBy(() -> listener.awaitHead(request, http.alarms(), Duration.ofHours(1)))
          .isInstanceOf(ExecutionException.class);
    }
  }

  /** A guest that joins the port, answers nothing more, and takes so many records in all. */
  private static final class StuckWire implements Wire {
    private static final int FLAGS_AT = 2;
    private static final int RST = 8;

    /** The opening of the stream, and what names the port. */
    private static final int RECORDS_BEFORE_ANSWER = 2;

    private final CountDownLatch prefaced = new CountDownLatch(RECORDS_BEFORE_ANSWER);
    private final CountDownLatch joined = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final CountDownLatch reset = new CountDownLatch(1);
    private int left;

    StuckWire(int records) {
      this.left = records;
    }

    @Override
    public ByteBuffer readRecord() throws IOException {
      await(joined.getCount() == 0 ? closed : prefaced);
      if (closed.getCount() == 0) {
        throw new EOFException("the wire was closed");
      }
      joined.countDown();
      return said(FIRST_STREAM, JOINED);
    }

    @Override
    public void writeRecord(ByteBuffer header, ByteBuffer payload) throws IOException {
      if (left == 0) {
        await(closed);
        throw new EOFException("the wire was closed");
      }
      left--;
      payload.position(payload.limit());
      prefaced.countDown();
      if ((header.getShort(header.position() + FLAGS_AT) & RST) != 0) {
        reset.countDown();
      }
    }

    private static void await(CountDownLatch latch) throws IOException {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      }
    }

    @Override
    public int maxRecordBytes() {
      return 64 * 1024;
    }

    @Override
    public void close() {
      closed.countDown();
      prefaced.countDown();
      prefaced.countDown();
    }
  }

  /** A guest that joins each stream to the port and answers what is said after that. */
  private static final class AnsweringWire implements Wire {
    private static final String ANSWER = "HTTP/1.1 204 No Content\r\n\r\n";
    private static final int STREAM_AT = 4;
    private static final ByteBuffer END = ByteBuffer.allocate(0);

    private final BlockingQueue<ByteBuffer> records = new LinkedBlockingQueue<>();
    private final Set<Integer> joined = new HashSet<>();

    @Override
    public ByteBuffer readRecord() throws IOException {
      try {
        ByteBuffer record = records.take();
        if (record == END) {
          throw new EOFException("the wire was closed");
        }
        return record;
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      }
    }

    /**
     * What is said first on a stream names the port; the opening and the end of one say nothing.
     */
    @Override
    public void writeRecord(ByteBuffer header, ByteBuffer payload) {
      if (payload.hasRemaining()) {
        int stream = header.getInt(header.position() + STREAM_AT);
        records.add(said(stream, joined.add(stream) ? JOINED : ANSWER));
        payload.position(payload.limit());
      }
    }

    @Override
    public int maxRecordBytes() {
      return 64 * 1024;
    }

    @Override
    public void close() {
      records.add(END);
    }
  }
}
