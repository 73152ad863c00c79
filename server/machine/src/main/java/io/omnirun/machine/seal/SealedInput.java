package io.omnirun.machine.seal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads what {@link SealedOutput} wrote. Bytes come out only after their chunk was checked, and the
 * end only after the last one was. Used by one thread; the caller closes it.
 */
public final class SealedInput extends InputStream {
  private final FileChannel file;
  private final ChunkCipher cipher;
  private final byte[] sealed = new byte[ChunkCipher.SEALED_BYTES];
  private final byte[] plain = new byte[ChunkCipher.PLAIN_BYTES];
  private int position;
  private int filled;
  private boolean lastRead;

  private SealedInput(FileChannel file, ChunkCipher cipher) {
    this.file = file;
    this.cipher = cipher;
  }

  /** Opens a file by the name that it was written as. */
  public static SealedInput open(Path path, DataKey key) throws IOException {
    ChunkCipher cipher = key.chunks(path.getFileName().toString());
    return new SealedInput(FileChannel.open(path, StandardOpenOption.READ), cipher);
  }

  @Override
  public int read() throws IOException {
    return fill() ? plain[position++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, filled - position);
    System.arraycopy(plain, position, target, offset, count);
    position += count;
    return count;
  }

  /**
   * What is checked and not yet read, as a buffer that holds until the next call; empty at the end.
   */
  public ByteBuffer next() throws IOException {
    if (!fill()) {
      return ByteBuffer.allocate(0);
    }
    ByteBuffer bytes = ByteBuffer.wrap(plain, position, filled - position);
    position = filled;
    return bytes;
  }

  /** Whether there is a byte to read. */
  private boolean fill() throws IOException {
    while (position == filled && !lastRead) {
      readChunk();
    }
    return position < filled;
  }

  private void readChunk() throws IOException {
    ByteBuffer chunk = ByteBuffer.wrap(sealed);
    while (chunk.hasRemaining()) {
      if (file.read(chunk) < 0) {
        break;
      }
    }
    if (chunk.position() < ChunkCipher.TAG_BYTES) {
      throw new DamagedException("the file ends too early");
    }
    boolean last = file.position() >= file.size();
    filled = cipher.open(sealed, chunk.position(), last, plain);
    position = 0;
    lastRead = last;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
