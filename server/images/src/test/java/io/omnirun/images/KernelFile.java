package io.omnirun.images;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Makes bzImages as Linux's build does, with the very programs that it calls. */
final class KernelFile {
  private static final int SETUP_SECTORS = 2;
  private static final int PAYLOAD_OFFSET = 0x40;

  private KernelFile() {}

  /** Something with an ELF header of x86-64, of which half can be compressed. */
  static byte[] elf(int bytes) {
    byte[] content = new byte[bytes];
    byte[] noise = new byte[bytes / 2];
    new Random(1).nextBytes(noise);
    System.arraycopy(noise, 0, content, bytes / 2, noise.length);
    ByteBuffer header = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    header.put(0, new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1});
    header.putShort(0x10, (short) 2);
    header.putShort(0x12, (short) 62);
    return content;
  }

  /** What a program makes of the bytes. */
  static byte[] compress(byte[] content, List<String> command) throws IOException {
    Path input = Files.createTempFile("kernel", "");
    try {
      Files.write(input, content);
      Process program = new ProcessBuilder(command).redirectInput(input.toFile()).start();
      return program.getInputStream().readAllBytes();
    } finally {
      Files.delete(input);
    }
  }

  /** With the size behind it, as Linux's build appends it for all but gzip. */
  static byte[] withSize(byte[] compressed, int uncompressedBytes) {
    return ByteBuffer.allocate(compressed.length + Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(compressed)
        .putInt(uncompressedBytes)
        .array();
  }

  /** A bzImage of that payload, and something after it. */
  static byte[] image(byte[] payload) {
    int offset = (SETUP_SECTORS + 1) * 512 + PAYLOAD_OFFSET;
    ByteBuffer image =
        ByteBuffer.allocate(offset + payload.length + 100).order(ByteOrder.LITTLE_ENDIAN);
    image.put(0x1F1, (byte) SETUP_SECTORS);
    image.putInt(0x202, 0x53726448);
    image.putShort(0x206, (short) 0x020F);
    image.putInt(0x248, PAYLOAD_OFFSET);
    image.putInt(0x24C, payload.length);
    image.put(offset, payload);
    return image.array();
  }
}
