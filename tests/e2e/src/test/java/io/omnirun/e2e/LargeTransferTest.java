package io.omnirun.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.guest.GuestChannel;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A gigabyte through one stream of a real guest's channel, each way, with a checksum of it all. */
@Tag("long")
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class LargeTransferTest extends SharedServer {
  private static final long TOTAL_BYTES = 1L << 30;
  private static final long FILE_BYTES = 560L << 20;
  private static final int PIECE_BYTES = 1 << 18;
  private static final int TAKING_PORT = 7001;
  private static final int GIVING_PORT = 7002;
  private static final int DIGEST_CHARACTERS = 64;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /**
   * Goes into the background when both ports are listened at: then the command that started it
   * ends.
   */
  private static final String PROGRAM =
      """
      import hashlib, os, socket, threading
      TOTAL, PIECE = 1 << 30, 1 << 18
      def take(connection):
          digest, buffer, left = hashlib.sha256(), bytearray(PIECE), TOTAL
          while left and (count := connection.recv_into(buffer, min(left, PIECE))):
              digest.update(memoryview(buffer)[:count])
              left -= count
          connection.sendall(digest.hexdigest().encode())
      def give(connection):
          digest = hashlib.sha256()
          for _ in range(TOTAL // PIECE):
              piece = os.urandom(PIECE)
              digest.update(piece)
              connection.sendall(piece)
          connection.sendall(digest.hexdigest().encode())
      def serve(listener, action):
          connection, _ = listener.accept()
          with connection:
              action(connection)
      listeners = [socket.create_server(("127.0.0.1", port)) for port in (7001, 7002)]
      if os.fork() == 0:
          for listener, action in zip(listeners, (take, give)):
              threading.Thread(target=serve, args=(listener, action)).start()
      """;

  private String sandbox = "";

  @BeforeAll
  void startProgram() {
    sandbox = client().createSandbox(Map.of("timeout", 0));
    client().writeFile(sandbox, "/tmp/program.py", PROGRAM).expect(200);
    client().output(sandbox, "python3 /tmp/program.py");
  }

  @AfterAll
  void deleteSandbox() {
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  @Test
  void gigabyteArrivesInTheGuestAsItWasSent() throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    Random random = new Random(20260102);
    byte[] piece = new byte[PIECE_BYTES];
    long started = System.nanoTime();
    try (SocketChannel stream = dial(TAKING_PORT)) {
      for (long sent = 0; sent < TOTAL_BYTES; sent += piece.length) {
        random.nextBytes(piece);
        digest.update(piece);
        ByteBuffer bytes = ByteBuffer.wrap(piece);
        while (bytes.hasRemaining()) {
          stream.write(bytes);
        }
      }
      assertThat(readText(stream)).isEqualTo(hex(digest));
    }
    report(TOTAL_BYTES, "into", started);
  }

  @Test
  void gigabyteArrivesFromTheGuestAsItWasSent() throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    long started = System.nanoTime();
    try (SocketChannel stream = dial(GIVING_PORT)) {
      ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
      for (long read = 0; read < TOTAL_BYTES; read += piece.limit()) {
        readWhole(stream, piece.clear());
        digest.update(piece.flip());
      }
      assertThat(readText(stream)).isEqualTo(hex(digest));
    }
    report(TOTAL_BYTES, "out of", started);
  }

  /**
   * More than twice the server's heap, and what the disk of the tests' small template takes: a
   * server that kept it anywhere would not come through.
   */
  @Test
  void fileLargerThanTheServersMemoryGoesThroughTheApiBothWays() throws Exception {
    MessageDigest sent = MessageDigest.getInstance("SHA-256");
    String files = "/sandboxes/" + sandbox + "/files";
    long started = System.nanoTime();
    client()
        .send(
            client()
                .request(files + "/upload")
                .header("Content-Type", "multipart/form-data; boundary=XX")
                .POST(BodyPublishers.ofInputStream(() -> form(sent))))
        .expect(200);
    String expected = hex(sent);
    report(FILE_BYTES, "as a file into", started);
    assertThat(client().output(sandbox, "sha256sum < /var/large").substring(0, DIGEST_CHARACTERS))
        .isEqualTo(expected);

    MessageDigest received = MessageDigest.getInstance("SHA-256");
    started = System.nanoTime();
    try (HttpClient http = HttpClient.newHttpClient();
        DigestInputStream body =
            new DigestInputStream(
                http.send(
                        client().request(files + "/download?path=/var/large").GET().build(),
                        BodyHandlers.ofInputStream())
                    .body(),
                received)) {
      body.transferTo(OutputStream.nullOutputStream());
    }
    report(FILE_BYTES, "as a file out of", started);
    assertThat(hex(received)).isEqualTo(expected);
    client().delete(files + "?path=/var/large").expect(204);
  }

  /** A form around random bytes, of which the digest learns when it has been read to its end. */
  private static InputStream form(MessageDigest digest) {
    digest.reset();
    String head =
        "--XX\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n/var/large\r\n"
            + "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n";
    InputStream content = new DigestInputStream(new RandomBytes(FILE_BYTES), digest);
    return new SequenceInputStream(
        new SequenceInputStream(new ByteArrayInputStream(head.getBytes(US_ASCII)), content),
        new ByteArrayInputStream("\r\n--XX--\r\n".getBytes(US_ASCII)));
  }

  /** So many random bytes, the same each time. */
  private static final class RandomBytes extends InputStream {
    private final Random random = new Random(20260103);
    private long left;

    RandomBytes(long count) {
      this.left = count;
    }

    @Override
    public int read() {
      byte[] single = new byte[1];
      return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (left == 0) {
        return -1;
      }
      byte[] piece = new byte[(int) Math.min(length, left)];
      random.nextBytes(piece);
      System.arraycopy(piece, 0, target, offset, piece.length);
      left -= piece.length;
      return piece.length;
    }
  }

  private SocketChannel dial(int port) throws IOException {
    return new GuestChannel(server().guestSocket()).dial(port, PATIENCE);
  }

  private static String readText(SocketChannel stream) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(DIGEST_CHARACTERS);
    readWhole(stream, text);
    return US_ASCII.decode(text.flip()).toString();
  }

  private static void readWhole(SocketChannel stream, ByteBuffer target) throws IOException {
    while (target.hasRemaining()) {
      if (stream.read(target) < 0) {
        throw new EOFException("the stream ended early");
      }
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void report(long bytes, String direction, long startedNanos) {
    double seconds = (System.nanoTime() - startedNanos) / 1e9;
    System.out.printf(
        "transfer: %d MiB %s the guest in %.0f s, %.1f MiB/s%n",
        bytes >> 20, direction, seconds, (bytes >> 20) / seconds);
  }
}
