package io.omnirun.images;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Takes the kernel proper out of a bzImage: an ELF file, which is all that Firecracker boots up to
 * 1.16 (its docs/rootfs-and-kernel-setup.md). Behind the ELF file there may be relocations of
 * Linux's build, which nobody reads.
 */
final class UncompressedKernel {
  /** As much as the launcher takes; a distribution's kernel has some 50 MiB. */
  static final long MAX_BYTES = 512L * 1024 * 1024;

  private static final int CHUNK_BYTES = 1024 * 1024;

  /** The ELF header of 64 bits (elf(5)). */
  private static final int ELF_HEADER_BYTES = 64;

  private static final int ELF_MAGIC = 0x464C457F;
  private static final int CLASS_AT = 4;
  private static final byte CLASS_64 = 2;
  private static final int TYPE_AT = 0x10;
  private static final short TYPE_EXECUTABLE = 2;
  private static final int MACHINE_AT = 0x12;
  private static final short MACHINE_X86_64 = 62;

  private UncompressedKernel() {}

  /**
   * Writes the kernel within a bzImage into a file that does not exist yet. What a failure has left
   * of it is the caller's.
   *
   * @throws IOException if the bzImage is damaged or is in a form that is not known, or what comes
   *     out is no kernel for x86-64
   */
  static void extract(Path vmlinuz, Path target) throws IOException {
    BzImage image = BzImage.read(vmlinuz);
    long expected = image.uncompressedBytes();
    if (expected < ELF_HEADER_BYTES || expected > MAX_BYTES) {
      throw new IOException("the kernel is said to be %d bytes long".formatted(expected));
    }
    try (InputStream kernel = PayloadCompression.open(image)) {
      byte[] header = kernel.readNBytes(ELF_HEADER_BYTES);
      requireKernel(header);
      try (OutputStream file = Files.newOutputStream(target)) {
        file.write(header);
        long written = header.length + copy(kernel, file, expected - header.length);
        if (written != expected || kernel.read() >= 0) {
          throw new IOException(
              "the kernel is damaged: it is not the %d bytes long that it says"
                  .formatted(expected));
        }
      }
    }
  }

  private static long copy(InputStream source, OutputStream target, long most) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    long copied = 0;
    while (copied < most) {
      int count = source.read(chunk, 0, (int) Math.min(chunk.length, most - copied));
      if (count < 0) {
        return copied;
      }
      target.write(chunk, 0, count);
      copied += count;
    }
    return copied;
  }

  private static void requireKernel(byte[] header) throws IOException {
    ByteBuffer elf = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    if (header.length < ELF_HEADER_BYTES
        || elf.getInt(0) != ELF_MAGIC
        || elf.get(CLASS_AT) != CLASS_64
        || elf.getShort(TYPE_AT) != TYPE_EXECUTABLE
        || elf.getShort(MACHINE_AT) != MACHINE_X86_64) {
      throw new IOException("what the bzImage holds is no kernel for x86-64");
    }
  }
}
