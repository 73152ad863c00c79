package io.omnirun.images;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioConstants;

/**
 * The first file system of a machine: the agent as {@code /init}, the kernel modules, and {@code
 * /modules.list} with their absolute paths in the order of insertion, one per line. A cpio archive
 * of the kernel's format "newc" (Documentation/driver-api/early-userspace/buffer-format.rst).
 *
 * <p>It is not compressed: measured in an emulated machine, gzip makes the boot slower and zstd no
 * faster.
 */
final class Initramfs {
  private static final List<String> DIRECTORIES = List.of("dev", "proc", "sys", "run", "modules");

  private static final int DIRECTORY = CpioConstants.C_ISDIR | 0755;
  private static final int EXECUTABLE = CpioConstants.C_ISREG | 0755;
  private static final int REGULAR = CpioConstants.C_ISREG | 0644;
  private static final int CHARACTER_DEVICE = CpioConstants.C_ISCHR | 0600;

  /** Linux's numbers of the console device (Documentation/admin-guide/devices.txt). */
  private static final int CONSOLE_MAJOR = 5;

  private static final int CONSOLE_MINOR = 1;

  private Initramfs() {}

  /**
   * Writes the archive; the same inputs make the same bytes.
   *
   * @param agent a static program
   * @param modules files in the order of insertion
   */
  static void write(Path target, Path agent, List<Path> modules) throws IOException {
    try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(target));
        CpioArchiveOutputStream archive =
            new CpioArchiveOutputStream(file, CpioConstants.FORMAT_NEW)) {
      for (String directory : DIRECTORIES) {
        put(archive, entry(directory, DIRECTORY, 0), new byte[0]);
      }
      putConsole(archive);
      putFile(archive, "init", EXECUTABLE, agent);
      for (Path module : modules) {
        putFile(archive, pathInside(module), REGULAR, module);
      }
      putList(archive, modules);
    }
  }

  private static void putConsole(CpioArchiveOutputStream archive) throws IOException {
    CpioArchiveEntry console = entry("dev/console", CHARACTER_DEVICE, 0);
    console.setRemoteDeviceMaj(CONSOLE_MAJOR);
    console.setRemoteDeviceMin(CONSOLE_MINOR);
    put(archive, console, new byte[0]);
  }

  private static void putList(CpioArchiveOutputStream archive, List<Path> modules)
      throws IOException {
    StringBuilder list = new StringBuilder();
    modules.forEach(module -> list.append('/').append(pathInside(module)).append('\n'));
    byte[] content = list.toString().getBytes(UTF_8);
    put(archive, entry("modules.list", REGULAR, content.length), content);
  }

  private static void putFile(CpioArchiveOutputStream archive, String name, int mode, Path file)
      throws IOException {
    archive.putArchiveEntry(entry(name, mode, Files.size(file)));
    Files.copy(file, archive);
    archive.closeArchiveEntry();
  }

  private static void put(CpioArchiveOutputStream archive, CpioArchiveEntry entry, byte[] content)
      throws IOException {
    archive.putArchiveEntry(entry);
    archive.write(content);
    archive.closeArchiveEntry();
  }

  private static CpioArchiveEntry entry(String name, int mode, long size) {
    CpioArchiveEntry entry = new CpioArchiveEntry(CpioConstants.FORMAT_NEW, name, size);
    entry.setMode(mode);
    entry.setTime(0);
    return entry;
  }

  private static String pathInside(Path module) {
    return "modules/" + module.getFileName();
  }
}
