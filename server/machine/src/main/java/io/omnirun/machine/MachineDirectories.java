package io.omnirun.machine;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Directories that are named after machines, whatever their VMM. */
public final class MachineDirectories {
  private MachineDirectories() {}

  /** The machines that have a directory in this one. Other names are left alone. */
  public static Set<MachineId> list(Path machinesDir) {
    try (Stream<Path> entries = Files.list(machinesDir)) {
      return entries
          .flatMap(entry -> MachineId.parse(entry.getFileName().toString()).stream())
          .collect(Collectors.toSet());
    } catch (NoSuchFileException noMachineYet) {
      return Set.of();
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the machines' directory cannot be read", e);
    }
  }

  /** Removes one and all in it. Idempotent; others may remove it at the same time. */
  public static void delete(Path directory) {
    try {
      Files.walkFileTree(directory, new TreeRemoval());
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a machine's directory cannot be removed", e);
    }
  }
}
