package io.omnirun.guest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/** The services of the test guest, and how they are used. */
public final class GuestServices {
  /** Sends everything back. */
  public static final int ECHO = 7;

  /** Answers with the SHA-256 of all it was sent. */
  public static final int DIGEST = 9;

  /** Keeps entries and answers each with itself. */
  public static final int JOURNAL = 11;

  /** Says what the journal holds of a writer, and what went wrong. */
  public static final int VIOLATIONS = 12;

  /** Takes a stream, and neither says anything nor ends, not even when the client does. */
  public static final int SILENT = 13;

  /** Sends as many bytes as a line says: numbers of eight bytes, counting from 0. */
  public static final int SOURCE = 19;

  /** Opens a stream to the port of the host that a line names, and joins both. */
  public static final int UPLINK = 23;

  private static final int CHUNK_BYTES = 64 * 1024;

  private GuestServices() {}

  /** Sends all, ends that direction, and returns all that comes. */
  public static byte[] exchange(SocketChannel stream, byte[] sent) throws IOException {
    Thread writer = Thread.ofVirtual().start(() -> writeAll(stream, sent));
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    Channels.newInputStream(stream).transferTo(received);
    try {
      writer.join();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return received.toByteArray();
  }

  private static void writeAll(SocketChannel stream, byte[] sent) {
    try {
      // A channel copies all that is left in a buffer on the heap, for every write.
      for (int start = 0; start < sent.length; start += CHUNK_BYTES) {
        ByteBuffer chunk = ByteBuffer.wrap(sent, start, Math.min(CHUNK_BYTES, sent.length - start));
        while (chunk.hasRemaining()) {
          stream.write(chunk);
        }
      }
      stream.shutdownOutput();
    } catch (IOException e) {
      throw new IllegalStateException("the stream took no more", e);
    }
  }

  /** Bytes that the same seed gives again. */
  public static byte[] randomBytes(long seed, int count) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** In hexadecimal digits. */
  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
