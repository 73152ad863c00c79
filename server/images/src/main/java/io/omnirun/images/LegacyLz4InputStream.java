package io.omnirun.images;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.commons.compress.compressors.lz4.BlockLZ4CompressorInputStream;

/**
 * LZ4's legacy frame, which Linux uses and no library that we have knows (lz4's
 * doc/lz4_Frame_format.md, "Legacy frame"): a magic number, then blocks with their lengths, each of
 * at most 8 MiB uncompressed. Not thread-safe.
 */
final class LegacyLz4InputStream extends InputStream {
  private static final int MAGIC_BYTES = 4;
  private static final int MAX_BLOCK_BYTES = 8 * 1024 * 1024;

  /** What LZ4 makes of a block that it cannot compress. */
  private static final int MAX_COMPRESSED_BYTES = MAX_BLOCK_BYTES + MAX_BLOCK_BYTES / 255 + 16;

  private final InputStream source;
  private ByteBuffer block = ByteBuffer.allocate(0);

  /** Takes over a stream that begins with the magic number, already looked at. */
  LegacyLz4InputStream(InputStream source) throws IOException {
    this.source = source;
    source.skipNBytes(MAGIC_BYTES);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!block.hasRemaining() && !nextBlock()) {
      return -1;
    }
    int count = Math.min(length, block.remaining());
    block.get(target, offset, count);
    return count;
  }

  private boolean nextBlock() throws IOException {
    byte[] header = source.readNBytes(Integer.BYTES);
    if (header.length == 0) {
      return false;
    }
    if (header.length < Integer.BYTES) {
      throw new EOFException("LZ4 data ends within a block's length");
    }
    int length = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (length <= 0 || length > MAX_COMPRESSED_BYTES) {
      throw new IOException("LZ4 data has a block of %d bytes".formatted(length));
    }
    block = uncompress(source.readNBytes(length), length);
    return true;
  }

  private static ByteBuffer uncompress(byte[] compressed, int length) throws IOException {
    if (compressed.length < length) {
      throw new EOFException("LZ4 data ends within a block");
    }
    try (InputStream input =
        new BlockLZ4CompressorInputStream(new ByteArrayInputStream(compressed))) {
      byte[] bytes = input.readNBytes(MAX_BLOCK_BYTES + 1);
      if (bytes.length == 0 || bytes.length > MAX_BLOCK_BYTES) {
        throw new IOException("LZ4 data has a block that is empty or too large");
      }
      return ByteBuffer.wrap(bytes);
    } catch (IllegalArgumentException e) {
      throw new IOException("LZ4 data refers to what is not there", e);
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
