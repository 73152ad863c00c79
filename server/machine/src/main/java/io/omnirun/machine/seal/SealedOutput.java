package io.omnirun.machine.seal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A new file that is encrypted as it is written. It opens only if {@link #finish} was called: what
 * was broken off is no shorter file but none. Used by one thread; the caller closes it.
 */
public final class SealedOutput extends OutputStream {
  /** So many are encrypted while the next one is filled; each takes half a megabyte. */
  private static final int CHUNKS_AT_ONCE = 4;

  private final FileChannel file;
  private final EarlySync earlySync;
  private final ChunkCipher cipher;

  /** Those that are being encrypted, in the order of the file. */
  private final Deque<Chunk> inWork = new ArrayDeque<>(CHUNKS_AT_ONCE);

  private Chunk filling;
  private int filled;
  private long number;

  private SealedOutput(FileChannel file, ChunkCipher cipher) {
    this.file = file;
    this.earlySync = new EarlySync(file);
    this.cipher = cipher;
    this.filling = new Chunk(cipher);
  }

  /**
   * Makes a file where none is yet; its name is what it can be opened as.
   *
   * @param path ends with that name
   */
  public static SealedOutput create(Path path, DataKey key) throws IOException {
    ChunkCipher cipher = key.chunks(path.getFileName().toString());
    return new SealedOutput(
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), cipher);
  }

  @Override
  public void write(int oneByte) throws IOException {
    write(new byte[] {(byte) oneByte}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    write(ByteBuffer.wrap(bytes, offset, length));
  }

  /** Takes all that remains. */
  public void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (filled == ChunkCipher.PLAIN_BYTES) {
        handOver(false);
      }
      int count = Math.min(ChunkCipher.PLAIN_BYTES - filled, bytes.remaining());
      bytes.get(filling.plain(), filled, count);
      filled += count;
    }
  }

  /** Has the filled chunk encrypted and takes another one to fill. */
  private void handOver(boolean last) throws IOException {
    filling.seal(number++, last, filled);
    inWork.add(filling);
    filling = inWork.size() < CHUNKS_AT_ONCE ? new Chunk(cipher.another()) : writeOldest();
    filled = 0;
  }

  private Chunk writeOldest() throws IOException {
    Chunk oldest = inWork.remove();
    ByteBuffer sealed = oldest.awaitSealed();
    int count = sealed.remaining();
    while (sealed.hasRemaining()) {
      file.write(sealed);
    }
    earlySync.written(count);
    return oldest;
  }

  /** Writes the last chunk, and returns when all is on disk. Nothing may be written afterwards. */
  public void finish() throws IOException {
    handOver(true);
    while (!inWork.isEmpty()) {
      writeOldest();
    }
    earlySync.finish();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
