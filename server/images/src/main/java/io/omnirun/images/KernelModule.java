package io.omnirun.images;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a kernel module says about itself in its {@code .modinfo} section: strings of the form
 * {@code key=value}, each ended by NUL, in a 64-bit little-endian ELF file (elf(5)).
 *
 * @param name with underscores, as the kernel spells it
 * @param dependencies names of the modules that must be there before it
 * @param file the module
 */
record KernelModule(String name, List<String> dependencies, Path file) {
  /** The largest modules of a distribution have a few MiB; this is no place for more. */
  private static final long MAX_BYTES = 64L * 1024 * 1024;

  private static final int ELF_MAGIC = 0x464C457F;
  private static final int SECTION_TABLE_OFFSET_AT = 0x28;
  private static final int SECTION_ENTRY_SIZE_AT = 0x3A;
  private static final int SECTION_COUNT_AT = 0x3C;
  private static final int SECTION_NAMES_INDEX_AT = 0x3E;
  private static final int SECTION_DATA_OFFSET_AT = 0x18;
  private static final int SECTION_DATA_SIZE_AT = 0x20;

  KernelModule {
    dependencies = List.copyOf(dependencies);
  }

  /** Reads a module that is not compressed. */
  static KernelModule read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException("kernel module " + file.getFileName() + " is too large");
    }
    try {
      List<String> information = moduleInformation(Files.readAllBytes(file));
      List<String> dependencies =
          values(information, "depends=")
              .flatMap(list -> Stream.of(list.split(",")))
              .filter(name -> !name.isEmpty())
              .map(KernelModule::canonicalName)
              .toList();
      String name = values(information, "name=").findFirst().orElseThrow();
      return new KernelModule(canonicalName(name), dependencies, file);
    } catch (RuntimeException e) {
      throw new IOException(file.getFileName() + " is not a kernel module we can read", e);
    }
  }

  /** Module names are written with dashes in files and with underscores by the kernel. */
  static String canonicalName(String name) {
    return name.replace('-', '_');
  }

  private static Stream<String> values(List<String> information, String prefix) {
    return information.stream()
        .filter(entry -> entry.startsWith(prefix))
        .map(entry -> entry.substring(prefix.length()));
  }

  private static List<String> moduleInformation(byte[] bytes) {
    ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (elf.getInt(0) != ELF_MAGIC) {
      throw new IllegalArgumentException("no ELF magic");
    }
    ByteBuffer names = sectionData(elf, elf.getShort(SECTION_NAMES_INDEX_AT));
    for (int index = 0; index < elf.getShort(SECTION_COUNT_AT); index++) {
      int nameOffset = elf.getInt(sectionHeader(elf, index));
      if (text(names.slice(nameOffset, names.limit() - nameOffset)).startsWith(".modinfo\0")) {
        return List.of(text(sectionData(elf, index)).split("\0"));
      }
    }
    throw new IllegalArgumentException("no .modinfo section");
  }

  private static int sectionHeader(ByteBuffer elf, int index) {
    long table = elf.getLong(SECTION_TABLE_OFFSET_AT);
    return Math.toIntExact(table + (long) index * elf.getShort(SECTION_ENTRY_SIZE_AT));
  }

  private static ByteBuffer sectionData(ByteBuffer elf, int index) {
    int header = sectionHeader(elf, index);
    int offset = Math.toIntExact(elf.getLong(header + SECTION_DATA_OFFSET_AT));
    return elf.slice(offset, Math.toIntExact(elf.getLong(header + SECTION_DATA_SIZE_AT)));
  }

  private static String text(ByteBuffer bytes) {
    return US_ASCII.decode(bytes).toString();
  }
}
