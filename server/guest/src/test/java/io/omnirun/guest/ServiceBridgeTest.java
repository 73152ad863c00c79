package io.omnirun.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.guest.yamux.Wire;
import io.omnirun.guest.yamux.YamuxSession;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What names a service, and what becomes of a stream that names none. */
@Timeout(60)
class ServiceBridgeTest {
  private static final int TIMEOUT_SECONDS = 60;
  private static final Duration PATIENCE = Duration.ofMillis(300);
  private static final int STREAM = 2;

  /** Of frames; source: hashicorp/yamux, spec.md. */
  private static final byte DATA = 0;

  private static final byte WINDOW_UPDATE = 1;
  private static final byte SYN = 1;
  private static final byte ACK = 2;
  private static final byte RST = 8;

  private final BlockingQueue<byte[]> toHost = new LinkedBlockingQueue<>();
  private final BlockingQueue<Byte> flagsToGuest = new LinkedBlockingQueue<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final YamuxSession session =
      YamuxSession.start(
          new TestWire(), stream -> ServiceBridge.serve(stream, this::connect, PATIENCE));

  private Optional<SocketChannel> connect(int port) {
    asked.incrementAndGet();
    return Optional.empty();
  }

  @AfterEach
  void endSession() {
    session.close();
  }

  /** The guest's frames come from the test, which sees the flags of the host's. */
  private final class TestWire implements Wire {
    @Override
    public ByteBuffer readRecord() throws IOException {
      try {
        byte[] record = toHost.take();
        if (record.length == 0) {
          throw new EOFException("the test is over");
        }
        return ByteBuffer.wrap(record);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public void writeRecord(ByteBuffer header, ByteBuffer payload) {
      flagsToGuest.add(header.get(3));
    }

    @Override
    public int maxRecordBytes() {
      return 64 * 1024;
    }

    @Override
    public void close() {
      toHost.add(new byte[0]);
    }
  }

  private void send(byte type, byte flags, byte[] payload) {
    toHost.add(
        ByteBuffer.allocate(12 + payload.length)
            .put((byte) 0)
            .put(type)
            .put((byte) 0)
            .put(flags)
            .putInt(STREAM)
            .putInt(payload.length)
            .put(payload)
            .array());
  }

  private byte nextFlags() throws InterruptedException {
    Byte flags = flagsToGuest.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (flags == null) {
      throw new AssertionError("the host said nothing");
    }
    return flags;
  }

  private void open() throws InterruptedException {
    send(WINDOW_UPDATE, SYN, new byte[0]);
    assertThat(nextFlags()).isEqualTo(ACK);
  }

  private void say(String text) {
    send(DATA, (byte) 0, text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void aStreamThatNamesNothingIsReset() throws Exception {
    open();
    say("GET / HTTP/1.1\r\n");
    assertThat(nextFlags()).isEqualTo(RST);
    assertThat(asked).hasValue(0);
    assertThat(session.ended()).isNotDone();
  }

  @Test
  void aStreamThatNamesNoServiceIsReset() throws Exception {
    open();
    say("CONNECT 1\n");
    assertThat(nextFlags()).isEqualTo(RST);
    assertThat(asked).hasValue(1);
  }

  @Test
  void aPrefaceThatDoesNotComeInTimeIsNotWaitedForThoughItComesByteByByte() throws Exception {
    open();
    long start = System.nanoTime();
    int sent = 0;
    while (flagsToGuest.isEmpty()) {
      assertThat(sent).isLessThan(30);
      say("CONNECT 00000000000000000000000000".substring(sent, sent + 1));
      sent++;
      Thread.sleep(50);
    }
    assertThat(nextFlags()).isEqualTo(RST);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(PATIENCE.dividedBy(2));
    assertThat(asked).hasValue(0);
  }

  @Test
  void aStreamThatSaysNothingIsReset() throws Exception {
    open();
    assertThat(nextFlags()).isEqualTo(RST);
    assertThat(asked).hasValue(0);
  }

  private static OptionalInt parse(String text) throws IOException {
    Preface.Request request = new Preface.Request();
    OptionalInt port = OptionalInt.empty();
    for (byte next : text.getBytes(StandardCharsets.ISO_8859_1)) {
      port = request.portWith(next);
    }
    return port;
  }

  @Test
  void aLineNamesAPort() throws Exception {
    assertThat(parse("CONNECT 49980\n")).hasValue(49_980);
    assertThat(parse("CONNECT 1\n")).hasValue(1);
    assertThat(parse("CONNECT 4998")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\n",
        "CONNECT\n",
        "CONNECT \n",
        "connect 49980\n",
        "CONNECT -1\n",
        "CONNECT +49980\n",
        "CONNECT 49980 \n",
        "CONNECT 49980\r\n",
        " CONNECT 49980\n",
        "CONNECT 499800\n",
        "CONNECT 99999999999999999\n",
        "GET / HTTP/1.1\r\n",
        "CONNECT 4\u0664\n",
        "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
      })
  void anythingElseIsNone(String text) {
    assertThatThrownBy(() -> parse(text)).isInstanceOf(IOException.class);
  }
}
