package io.omnirun.machine.seal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A new file that is encrypted as it is written. It opens only if {@link #finish} was called: what
 * was broken off is no shorter file but none. Used by one thread; the caller closes it.
 */
public final class SealedOutput extends OutputStream {
  private final FileChannel file;
  private final ChunkCipher cipher;
  private final byte[] plain = new byte[ChunkCipher.PLAIN_BYTES];
  private final byte[] sealed = new byte[ChunkCipher.SEALED_BYTES];
  private int filled;

  private SealedOutput(FileChannel file, ChunkCipher cipher) {
    this.file = file;
    this.cipher = cipher;
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
      if (filled == plain.length) {
        writeChunk(false);
      }
      int count = Math.min(plain.length - filled, bytes.remaining());
      bytes.get(plain, filled, count);
      filled += count;
    }
  }

  private void writeChunk(boolean last) throws IOException {
    ByteBuffer chunk = ByteBuffer.wrap(sealed, 0, cipher.seal(plain, filled, last, sealed));
    while (chunk.hasRemaining()) {
      file.write(chunk);
    }
    filled = 0;
  }

  /** Writes the last chunk, and returns when all is on disk. Nothing may be written afterwards. */
  public void finish() throws IOException {
    writeChunk(true);
    file.force(true);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
