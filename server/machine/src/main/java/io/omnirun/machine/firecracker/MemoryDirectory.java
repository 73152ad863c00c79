package io.omnirun.machine.firecracker;

import io.omnirun.machine.TreeRemoval;
import io.omnirun.machine.disk.SparseStream;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Where a VMM reads and writes a snapshot of its own. Firecracker takes paths of files alone, which
 * it syncs, so neither a pipe nor a socket can stand for one as it does with QEMU.
 *
 * @param path the directory
 */
record MemoryDirectory(Path path) {
  private static final String VOLATILE = "tmpfs";
  private static final Set<PosixFilePermission> OWNERS =
      PosixFilePermissions.fromString("rwx------");

  /**
   * That of a sandbox, whose memory holds secrets and must not reach a disk unencrypted.
   *
   * @param memoryDir on a tmpfs
   */
  static MemoryDirectory volatileOf(Path memoryDir, MachineId machine) {
    return new MemoryDirectory(memoryDir.resolve(machine.value()));
  }

  /**
   * Sees that what is written below a directory stays in the host's memory, and with this user:
   * machines' files there are readable to all who come to them, for each VMM is another user.
   *
   * @throws OmniRunException CONFIGURATION_INVALID, with what to do
   */
  static void requireVolatile(Path memoryDir) {
    try {
      String type = Files.getFileStore(memoryDir).type();
      if (!type.equals(VOLATILE)) {
        throw new OmniRunException(
            ErrorCode.CONFIGURATION_INVALID,
            "%s lies on %s, and paused sandboxes' memory must not reach a disk unencrypted; name a directory on a tmpfs"
                .formatted(memoryDir, type));
      }
      if (!OWNERS.containsAll(Files.getPosixFilePermissions(memoryDir))) {
        throw new OmniRunException(
            ErrorCode.CONFIGURATION_INVALID,
            "others may come to sandboxes' memory in %s: take their rights away with chmod 700"
                .formatted(memoryDir));
      }
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID, memoryDir + " cannot be used for machines' memory", e);
    }
  }

  /** Makes the directory. A VMM may use files in it but make none; nobody else comes there. */
  void create() throws IOException {
    Files.createDirectory(path);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
  }

  Path state() {
    return path.resolve("state");
  }

  Path memory() {
    return path.resolve("mem");
  }

  /** How much of the room its files have taken; others may write and remove them meanwhile. */
  long allocatedBytes() throws IOException {
    return allocatedBytes(state()) + allocatedBytes(memory());
  }

  private static long allocatedBytes(Path file) throws IOException {
    try {
      return Files.exists(file) ? SparseStream.allocatedBytes(file) : 0;
    } catch (IOException e) {
      if (Files.exists(file)) {
        throw e;
      }
      return 0;
    }
  }

  /** Makes empty files that a VMM, which runs as another user, may write a snapshot to. */
  void letVmmWrite() throws IOException {
    Files.createFile(state());
    Files.createFile(memory());
    permit("rw-rw-rw-");
  }

  /** Lets a VMM read what was written. */
  void letVmmRead() throws IOException {
    permit("rw-r--r--");
  }

  private void permit(String permissions) throws IOException {
    Files.setPosixFilePermissions(state(), PosixFilePermissions.fromString(permissions));
    Files.setPosixFilePermissions(memory(), PosixFilePermissions.fromString(permissions));
  }

  /** Removes the files, which a VMM that maps one does not notice. Idempotent. */
  void clear() {
    try {
      Files.deleteIfExists(state());
      Files.deleteIfExists(memory());
    } catch (NoSuchFileException noDirectory) {
      // Then there are no files either.
    } catch (IOException e) {
      throw removal(e);
    }
  }

  /** Removes the directory and all in it. Idempotent. */
  void delete() {
    try {
      Files.walkFileTree(path, new TreeRemoval());
    } catch (IOException e) {
      throw removal(e);
    }
  }

  private static OmniRunException removal(IOException cause) {
    return new OmniRunException(
        ErrorCode.INTERNAL, "what a machine has in memory cannot be removed", cause);
  }
}
