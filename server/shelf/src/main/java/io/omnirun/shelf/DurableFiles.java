package io.omnirun.shelf;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Brings files to the disk, so that a rename never outruns what it names. */
public final class DurableFiles {
  private DurableFiles() {}

  /** Syncs one file or directory. */
  public static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, READ)) {
      channel.force(true);
    }
  }

  /** Syncs a directory with all files and directories in it; symbolic links are not followed. */
  public static void syncTree(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      List<Path> paths = tree.filter(path -> !Files.isSymbolicLink(path)).toList();
      for (Path path : paths) {
        sync(path);
      }
    }
  }
}
