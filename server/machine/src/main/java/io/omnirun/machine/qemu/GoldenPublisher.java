package io.omnirun.machine.qemu;

import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.machine.disk.DataExtents;
import io.omnirun.machine.disk.SparseCopy;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Moves what a frozen machine left into the cache. A reader sees all of it or nothing: it is
 * written beside its place, put on disk, and renamed.
 */
final class GoldenPublisher {
  private GoldenPublisher() {}

  /**
   * The RAM is copied sparsely: the pages that the guest never wrote, or zeroed, take no memory of
   * the host later.
   */
  static void publish(MachineDirectory from, GoldenRecipe recipe, GoldenDirectory to)
      throws IOException {
    Files.createDirectories(to.path().getParent());
    Path beside = Files.createTempDirectory(to.path().getParent(), ".building-");
    GoldenDirectory building = new GoldenDirectory(beside);
    try {
      SparseCopy.copy(from.ram(), DataExtents.scan(from.ram()), building.ram());
      DataExtents diskData = DataExtents.scan(from.disk());
      SparseCopy.copy(from.disk(), diskData, building.disk());
      diskData.save(building.diskExtents());
      Files.copy(from.state(), building.state());
      Files.writeString(building.image(), recipe.image());
      Files.writeString(building.template(), recipe.template());
      for (Path file :
          List.of(
              building.ram(),
              building.disk(),
              building.diskExtents(),
              building.state(),
              building.image())) {
        forceToDisk(file);
      }
      Files.move(beside, to.path(), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      new MachineDirectory(beside).delete();
    }
  }

  private static void forceToDisk(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }
}
