package io.omnirun.images;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the smallest ELF files that have a {@code .modinfo} section. */
final class ModuleFile {
  private static final int HEADER_BYTES = 64;
  private static final int SECTION_HEADER_BYTES = 64;
  private static final String SECTION_NAMES = "\0.modinfo\0.shstrtab\0";

  private ModuleFile() {}

  static Path write(Path file, String name, String dependencies) throws IOException {
    String information =
        "license=GPL\0depends=%s\0name=%s\0vermagic=6.1\0".formatted(dependencies, name);
    int namesOffset = HEADER_BYTES + information.length();
    int tableOffset = namesOffset + SECTION_NAMES.length();
    ByteBuffer elf =
        ByteBuffer.allocate(tableOffset + 3 * SECTION_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(0, new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1});
    elf.putLong(0x28, tableOffset);
    elf.putShort(0x3A, (short) SECTION_HEADER_BYTES);
    elf.putShort(0x3C, (short) 3);
    elf.putShort(0x3E, (short) 2);
    elf.put(HEADER_BYTES, information.getBytes(US_ASCII));
    elf.put(namesOffset, SECTION_NAMES.getBytes(US_ASCII));
    putSection(elf, tableOffset + SECTION_HEADER_BYTES, 1, HEADER_BYTES, information.length());
    putSection(
        elf, tableOffset + 2 * SECTION_HEADER_BYTES, 10, namesOffset, SECTION_NAMES.length());
    Files.createDirectories(file.toAbsolutePath().getParent());
    return Files.write(file, elf.array());
  }

  private static void putSection(ByteBuffer elf, int header, int name, int offset, int size) {
    elf.putInt(header, name);
    elf.putLong(header + 0x18, offset);
    elf.putLong(header + 0x20, size);
  }
}
