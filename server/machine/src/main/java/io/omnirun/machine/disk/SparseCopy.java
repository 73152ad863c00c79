package io.omnirun.machine.disk;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies mostly empty files at the price of their data, not of their size. */
public final class SparseCopy {
  private SparseCopy() {}

  /**
   * Makes a copy where nothing is yet, and leaves nothing there when it fails. Blocks for as long
   * as the data takes, in the kernel where the host's file system can do that; does not sync.
   *
   * @param extents of the source, which must not have changed since they were found
   */
  public static void copy(Path source, DataExtents extents, Path target) throws IOException {
    Files.createFile(target);
    try (FileChannel from = FileChannel.open(source, READ);
        RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw");
        FileChannel to = file.getChannel()) {
      file.setLength(extents.fileBytes());
      for (DataExtents.Extent extent : extents.extents()) {
        copy(from, to, extent);
      }
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(target);
      throw e;
    }
  }

  private static void copy(FileChannel from, FileChannel to, DataExtents.Extent extent)
      throws IOException {
    long position = extent.offset();
    while (position < extent.end()) {
      to.position(position);
      long count = from.transferTo(position, extent.end() - position, to);
      if (count <= 0) {
        throw new IOException("the source is shorter than its extents say");
      }
      position += count;
    }
  }
}
