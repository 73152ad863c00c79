package io.omnirun.images;

import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes empty writable disks: ext4 in a sparse file.
 *
 * <p>Without journal and checksums: a guest that loses its machine loses its memory too, so nobody
 * ever recovers such a disk, and a paused machine keeps memory and disk of the same moment. Both
 * would cost every write of an emulated guest. The inode tables are holes that count as zeroed, so
 * that the guest's kernel does not write them all in the background.
 */
final class BlankDisk {
  private static final long MIB = 1024L * 1024;

  private final ProcessRunner runner;

  BlankDisk(ProcessRunner runner) {
    this.runner = runner;
  }

  /**
   * Makes a disk where nothing is yet; leaves nothing there when it fails.
   *
   * @throws OmniRunException TEMPLATE_BUILD_FAILED or NO_SPACE
   */
  void create(Path target, int sizeMib, BuildProgress progress) {
    new BuildSteps(progress)
        .run(
            "make blank disk",
            () -> {
              Files.createFile(target);
              format(target, sizeMib);
              return target;
            });
  }

  private void format(Path target, int sizeMib) throws IOException, ProgramFailedException {
    try {
      try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
        file.setLength(sizeMib * MIB);
      }
      runner.run(
          Program.quick(
              "mke2fs",
              "-q",
              "-F",
              "-t",
              "ext4",
              "-b",
              "4096",
              "-m",
              "0",
              "-L",
              "omnirun-disk",
              "-O",
              "^has_journal,^metadata_csum,uninit_bg",
              "-E",
              "root_owner=0:0",
              target.toAbsolutePath().toString()));
    } catch (IOException | ProgramFailedException | RuntimeException e) {
      Files.deleteIfExists(target);
      throw e;
    }
  }
}
