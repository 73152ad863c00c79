package io.omnirun.guest;

import io.omnirun.guest.link.GuestDialer;
import io.omnirun.guest.link.LinkConnection;
import io.omnirun.guest.yamux.YamuxSession;
import io.omnirun.guest.yamux.YamuxStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;

/**
 * A host that is made to be killed: it writes entries to the guest's journal on several streams at
 * a time, without end, and says on its standard output which have come back. Arguments: the VMM's
 * socket, the number of its first writer, a seed.
 */
public final class JournalWriter {
  /** Streams of one host, each with a writer's number of its own. */
  static final int STREAMS = 4;

  private static final int HEADER_BYTES = 20;

  /** More than a record, so that entries are cut into several. */
  private static final int MAX_FILLER_BYTES = 100_000;

  private final YamuxStream stream;
  private final long writer;
  private final long seed;

  private JournalWriter(YamuxStream stream, long writer, long seed) {
    this.stream = stream;
    this.writer = writer;
    this.seed = seed;
  }

  /** Runs until it is killed, or the link breaks. */
  public static void main(String[] arguments) throws Exception {
    Path socket = Path.of(arguments[0]);
    long firstWriter = Long.parseLong(arguments[1]);
    long seed = Long.parseLong(arguments[2]);
    YamuxSession session =
        YamuxSession.start(
            LinkConnection.connect(
                GuestDialer.virtioSerial(socket), false, Duration.ofSeconds(60)));
    for (int i = 0; i < STREAMS; i++) {
      JournalWriter writer = new JournalWriter(session.open(), firstWriter + i, seed + i);
      writer.connect();
      Thread.ofVirtual().start(() -> orSay(writer::writeAll));
      Thread.ofVirtual().start(() -> orSay(writer::readAll));
    }
    say("E the link broke: " + session.ended().get());
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void orSay(Work work) {
    try {
      work.run();
    } catch (IOException e) {
      say("E " + e);
    }
  }

  /** One line in one write: a kill cuts no line in two. */
  private static void say(String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    System.out.write(bytes, 0, bytes.length);
    System.out.flush();
  }

  private void connect() throws IOException {
    stream.write(Preface.request(GuestServices.JOURNAL));
    Preface.Answer answer = new Preface.Answer();
    while (!answer.isCompleteWith(read(1)[0])) {
      Thread.onSpinWait();
    }
  }

  private void writeAll() throws IOException {
    Random random = new Random(seed);
    for (long sequence = 1; true; sequence++) {
      stream.write(ByteBuffer.wrap(entry(sequence, random)));
    }
  }

  private void readAll() throws IOException {
    Random random = new Random(seed);
    for (long sequence = 1; true; sequence++) {
      byte[] expected = entry(sequence, random);
      if (!Arrays.equals(read(expected.length), expected)) {
        say("V writer " + writer + ": not entry " + sequence + " came back");
        return;
      }
      say("A " + writer + " " + sequence);
    }
  }

  private byte[] entry(long sequence, Random random) {
    byte[] filler = new byte[random.nextInt(MAX_FILLER_BYTES)];
    Arrays.fill(filler, (byte) (writer ^ sequence));
    return ByteBuffer.allocate(HEADER_BYTES + filler.length)
        .putLong(writer)
        .putLong(sequence)
        .putInt(filler.length)
        .put(filler)
        .array();
  }

  private byte[] read(int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (stream.read(bytes) < 0) {
        throw new IOException("the guest ended the stream");
      }
    }
    return bytes.array();
  }
}
