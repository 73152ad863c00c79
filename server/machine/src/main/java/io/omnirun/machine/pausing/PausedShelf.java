package io.omnirun.machine.pausing;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.shelf.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where a node keeps its paused machines. One is written beside its place, put on disk and renamed;
 * one that goes is renamed first, in one step, and removed beside its place. So a directory of a
 * machine's name is whole, unless somebody else was at it. One server has it at a time.
 * Thread-safe.
 */
public final class PausedShelf {
  private static final String STAGING_PREFIX = ".writing-";
  private static final String REMOVING_PREFIX = ".removing-";

  private final Path pausedDir;

  /**
   * @param pausedDir one directory per paused machine; exists
   */
  public PausedShelf(Path pausedDir) {
    this.pausedDir = pausedDir;
  }

  /** Where a machine's files are, or would be. */
  public PausedDirectory directory(MachineId machine) {
    return new PausedDirectory(pausedDir.resolve(machine.value()));
  }

  /**
   * Removes all that is here of a machine. Idempotent. If it throws, the machine is gone from here
   * nonetheless or whole as it was.
   */
  public void discard(MachineId machine) {
    PausedDirectory removing = removing(machine);
    removing.delete();
    withdraw(directory(machine), removing);
    removing.delete();
    staging(machine).delete();
  }

  private void withdraw(PausedDirectory whole, PausedDirectory removing) {
    try {
      if (Files.exists(whole.path())) {
        Files.move(whole.path(), removing.path(), StandardCopyOption.ATOMIC_MOVE);
      }
      // Also if there is none: an earlier call may have failed here.
      DurableFiles.sync(pausedDir);
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.INTERNAL, "the files of a paused machine cannot be withdrawn", e);
    }
  }

  private PausedDirectory removing(MachineId machine) {
    return new PausedDirectory(pausedDir.resolve(REMOVING_PREFIX + machine.value()));
  }

  private PausedDirectory staging(MachineId machine) {
    return new PausedDirectory(pausedDir.resolve(STAGING_PREFIX + machine.value()));
  }

  /** An empty directory to write a machine's files into; what an earlier attempt left is gone. */
  public PausedDirectory stage(MachineId machine) throws IOException {
    discard(machine);
    PausedDirectory staging = staging(machine);
    Files.createDirectory(
        staging.path(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return staging;
  }

  /** Makes what was written, file by file on disk already, the machine's. */
  public void publish(PausedDirectory staging, MachineId machine) throws IOException {
    DurableFiles.sync(staging.path());
    Files.move(staging.path(), directory(machine).path(), StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.sync(pausedDir);
  }

  /** The machines of which there is a directory, whole or not. */
  public Set<MachineId> list() {
    Set<MachineId> found = new HashSet<>();
    for (Path entry : entries()) {
      MachineId.parse(entry.getFileName().toString()).ifPresent(found::add);
    }
    return found;
  }

  /** Those that have all their files. */
  public Set<MachineId> whole() {
    Set<MachineId> whole = list();
    whole.removeIf(machine -> !directory(machine).isWhole());
    return whole;
  }

  /** Removes what killed servers left of writing and removing. Nobody may be doing either. */
  public void sweep() {
    for (Path entry : entries()) {
      String name = entry.getFileName().toString();
      if (name.startsWith(STAGING_PREFIX) || name.startsWith(REMOVING_PREFIX)) {
        new PausedDirectory(entry).delete();
      }
    }
  }

  private List<Path> entries() {
    try (Stream<Path> entries = Files.list(pausedDir)) {
      return entries.toList();
    } catch (IOException | UncheckedIOException e) {
      throw new OmniRunException(
          ErrorCode.INTERNAL, "the paused machines' directory cannot be read", e);
    }
  }
}
