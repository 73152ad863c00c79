package io.omnirun.machine.qemu;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.shelf.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;

/**
 * Where a node keeps its paused machines. One is written beside its place, put on disk and renamed:
 * a directory of a machine's name is whole. One server has it at a time. Thread-safe.
 */
final class PausedShelf {
  private static final String STAGING_PREFIX = ".writing-";

  private final Path pausedDir;

  PausedShelf(Path pausedDir) {
    this.pausedDir = pausedDir;
  }

  /** Where a machine's files are, or would be. */
  PausedDirectory directory(MachineId machine) {
    return new PausedDirectory(pausedDir.resolve(machine.value()));
  }

  /** Removes all that is here of a machine. Idempotent. */
  void discard(MachineId machine) {
    directory(machine).delete();
    staging(machine).delete();
  }

  private PausedDirectory staging(MachineId machine) {
    return new PausedDirectory(pausedDir.resolve(STAGING_PREFIX + machine.value()));
  }

  /** An empty directory to write a machine's files into; what an earlier attempt left is gone. */
  PausedDirectory stage(MachineId machine) throws IOException {
    discard(machine);
    PausedDirectory staging = staging(machine);
    Files.createDirectory(
        staging.path(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return staging;
  }

  /** Makes what was written, file by file on disk already, the machine's. */
  void publish(PausedDirectory staging, MachineId machine) throws IOException {
    DurableFiles.sync(staging.path());
    Files.move(staging.path(), directory(machine).path(), StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.sync(pausedDir);
  }

  /** The machines that are here; removes what killed writers left. */
  Set<MachineId> list() {
    Set<MachineId> found = new HashSet<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(pausedDir)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (name.startsWith(STAGING_PREFIX)) {
          new PausedDirectory(entry).delete();
        }
        MachineId.parse(name).ifPresent(found::add);
      }
      return found;
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.INTERNAL, "the paused machines' directory cannot be read", e);
    }
  }
}
