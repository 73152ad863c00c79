package io.omnirun.images;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A kernel as distributions have it for x86: a small program, and in its midst the compressed
 * kernel proper. Where that lies is said by the setup header (Documentation/arch/x86/boot.rst: the
 * payload fields are there since protocol 2.08).
 *
 * @param payload the compressed kernel; its last four bytes say how long it is uncompressed
 */
record BzImage(byte[] payload) {
  /** Distributions' kernels have some 15 MiB. */
  private static final long MAX_BYTES = 128L * 1024 * 1024;

  private static final int SETUP_SECTORS_AT = 0x1F1;
  private static final int MAGIC_AT = 0x202;
  private static final int PROTOCOL_AT = 0x206;
  private static final int PAYLOAD_OFFSET_AT = 0x248;
  private static final int PAYLOAD_LENGTH_AT = 0x24C;
  private static final int HEADER_BYTES = 0x250;

  private static final int MAGIC = 0x53726448; // "HdrS"
  private static final int FIRST_PROTOCOL_WITH_PAYLOAD = 0x0208;
  private static final int SECTOR_BYTES = 512;

  /** What the oldest kernels wrote as 0. */
  private static final int DEFAULT_SETUP_SECTORS = 4;

  /**
   * Reads one.
   *
   * @throws IOException if the file is none, or is cut short
   */
  static BzImage read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException("the kernel is larger than %d bytes".formatted(MAX_BYTES));
    }
    try (InputStream input = Files.newInputStream(file)) {
      return of(input.readNBytes(Math.toIntExact(MAX_BYTES)));
    }
  }

  private static BzImage of(byte[] bytes) throws IOException {
    ByteBuffer image = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < HEADER_BYTES || image.getInt(MAGIC_AT) != MAGIC) {
      throw new IOException("the kernel is no bzImage: it has no setup header");
    }
    if (Short.toUnsignedInt(image.getShort(PROTOCOL_AT)) < FIRST_PROTOCOL_WITH_PAYLOAD) {
      throw new IOException("the kernel is too old: its header does not say where its payload is");
    }
    return new BzImage(payload(image));
  }

  private static byte[] payload(ByteBuffer image) throws IOException {
    int written = Byte.toUnsignedInt(image.get(SETUP_SECTORS_AT));
    int sectors = written == 0 ? DEFAULT_SETUP_SECTORS : written;
    long offset =
        (sectors + 1L) * SECTOR_BYTES + Integer.toUnsignedLong(image.getInt(PAYLOAD_OFFSET_AT));
    long length = Integer.toUnsignedLong(image.getInt(PAYLOAD_LENGTH_AT));
    if (length <= Integer.BYTES || offset + length > image.capacity()) {
      throw new IOException(
          "the kernel is cut short: its payload is said to be %d bytes at %d, of %d"
              .formatted(length, offset, image.capacity()));
    }
    byte[] payload = new byte[Math.toIntExact(length)];
    image.get(Math.toIntExact(offset), payload);
    return payload;
  }

  /**
   * How long the kernel is uncompressed: kernel builds write it after the payload
   * (scripts/Makefile.lib, {@code size_append}), and gzip ends with it anyway (RFC 1952).
   */
  long uncompressedBytes() {
    return Integer.toUnsignedLong(
        ByteBuffer.wrap(payload)
            .order(ByteOrder.LITTLE_ENDIAN)
            .getInt(payload.length - Integer.BYTES));
  }
}
