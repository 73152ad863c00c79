package io.omnirun.machine;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Removes what it visits. What has gone meanwhile is what was wanted: a VMM that ends takes its
 * sockets with it, and the launcher its files.
 */
public final class TreeRemoval extends SimpleFileVisitor<Path> {
  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
    Files.deleteIfExists(file);
    return FileVisitResult.CONTINUE;
  }

  @Override
  public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
    requireGone(failure);
    return FileVisitResult.CONTINUE;
  }

  @Override
  public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
      throws IOException {
    if (failure != null) {
      requireGone(failure);
    }
    Files.deleteIfExists(directory);
    return FileVisitResult.CONTINUE;
  }

  private static void requireGone(IOException failure) throws IOException {
    if (!(failure instanceof NoSuchFileException)) {
      throw failure;
    }
  }
}
