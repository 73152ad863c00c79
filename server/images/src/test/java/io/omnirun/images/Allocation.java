package io.omnirun.images;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** How much of the disk a file takes. */
final class Allocation {
  private static final int STAT_BLOCK_BYTES = 512;

  private Allocation() {}

  static long bytes(Path file) throws IOException {
    try {
      List<String> answer =
          new ProcessRunner().run(Program.quick("stat", "--format=%b", file.toString()));
      return Long.parseLong(answer.getFirst()) * STAT_BLOCK_BYTES;
    } catch (ProgramFailedException e) {
      throw new IOException(e);
    }
  }
}
