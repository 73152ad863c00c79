package io.omnirun.machine.seal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Reads what {@link SealedOutput} wrote. Bytes come out only after their chunk was checked, and the
 * end only after the last one was. Used by one thread; the caller closes it.
 */
public final class SealedInput extends InputStream {
  /** One that is read and those that are decrypted meanwhile; each takes half a megabyte. */
  private static final int MAX_CHUNKS = 5;

  private final FileChannel file;
  private final ChunkCipher cipher;

  /** Those that are being decrypted, in the order of the file. */
  private final Deque<Chunk> inWork = new ArrayDeque<>(MAX_CHUNKS);

  /** Those that were read to their end. */
  private final Deque<Chunk> free = new ArrayDeque<>(MAX_CHUNKS);

  private int made;

  /** What is being read: the first {@code filled} bytes of its plain text. */
  private Chunk current;

  private int position;
  private int filled;
  private long number;
  private boolean lastBegun;

  private SealedInput(FileChannel file, ChunkCipher cipher) {
    this.file = file;
    this.cipher = cipher;
    this.current = new Chunk(cipher);
    this.made = 1;
  }

  /** Opens a file by the name that it was written as. */
  public static SealedInput open(Path path, DataKey key) throws IOException {
    ChunkCipher cipher = key.chunks(path.getFileName().toString());
    return new SealedInput(FileChannel.open(path, StandardOpenOption.READ), cipher);
  }

  @Override
  public int read() throws IOException {
    return fill() ? current.plain()[position++] & 0xFF : -1;
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
    System.arraycopy(current.plain(), position, target, offset, count);
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
    ByteBuffer bytes = ByteBuffer.wrap(current.plain(), position, filled - position);
    position = filled;
    return bytes;
  }

  /** Whether there is a byte to read. */
  private boolean fill() throws IOException {
    while (position == filled && advance()) {
      // An empty chunk stands at most at the end.
    }
    return position < filled;
  }

  /** Goes on to the next chunk; false after the last one. */
  private boolean advance() throws IOException {
    if (lastBegun && inWork.isEmpty()) {
      return false;
    }
    free.add(current);
    while (!lastBegun && (made < MAX_CHUNKS || !free.isEmpty())) {
      begin(free.isEmpty() ? make() : free.remove());
    }
    current = inWork.remove();
    filled = current.awaitOpened();
    position = 0;
    return true;
  }

  private Chunk make() {
    made++;
    return new Chunk(cipher.another());
  }

  /** Reads the file's next chunk and has it decrypted. */
  private void begin(Chunk chunk) throws IOException {
    ByteBuffer sealed = ByteBuffer.wrap(chunk.sealed());
    while (sealed.hasRemaining()) {
      if (file.read(sealed) < 0) {
        break;
      }
    }
    if (sealed.position() < ChunkCipher.TAG_BYTES) {
      throw new DamagedException("the file ends too early");
    }
    lastBegun = file.position() >= file.size();
    chunk.open(number++, lastBegun, sealed.position());
    inWork.add(chunk);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
