package io.omnirun.machine.disk;

import io.omnirun.machine.disk.DataExtents.Extent;
import io.omnirun.machine.disk.FileSeeker.Whence;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a file system says that a file may hold something else than zeros: all that must be read.
 */
final class DataStretches {
  private DataStretches() {}

  /**
   * In order and apart from each other; the whole file where the file system does not know.
   *
   * @param size of the file
   */
  static List<Extent> find(FileSeeker file, long size) throws IOException {
    try {
      return ask(file, size);
    } catch (NativeCallException e) {
      if (e.errno() == NativeCallException.EINVAL) {
        return size == 0 ? List.of() : List.of(new Extent(0, size));
      }
      throw e;
    }
  }

  private static List<Extent> ask(FileSeeker file, long size) throws IOException {
    List<Extent> stretches = new ArrayList<>();
    long start = nextData(file, 0, size);
    while (start < size) {
      long end = Math.min(file.seek(start, Whence.HOLE), size);
      if (end <= start) {
        throw new IOException("the file system says that data at " + start + " ends before");
      }
      stretches.add(new Extent(start, end - start));
      start = nextData(file, end, size);
    }
    return stretches;
  }

  private static long nextData(FileSeeker file, long offset, long size) throws IOException {
    try {
      return file.seek(offset, Whence.DATA);
    } catch (NativeCallException e) {
      if (e.errno() == NativeCallException.ENXIO) {
        return size;
      }
      throw e;
    }
  }
}
