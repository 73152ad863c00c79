package io.omnirun.machine.qemu;

import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.machine.disk.DataExtents;
import io.omnirun.machine.disk.SparseCopy;
import java.io.IOException;
import java.nio.file.Files;

/**
 * What a golden snapshot is written from.
 *
 * @param directory of a machine that was frozen and has ended
 * @param recipe that it was made by
 */
record FrozenMachine(MachineDirectory directory, GoldenRecipe recipe)
    implements GoldenShelf.Content {
  /**
   * The RAM is copied sparsely: the pages that the guest never wrote, or zeroed, take no memory of
   * the host later.
   */
  @Override
  public void writeTo(GoldenDirectory building) throws IOException {
    SparseCopy.copy(directory.ram(), DataExtents.scan(directory.ram()), building.ram());
    DataExtents diskData = DataExtents.scan(directory.disk());
    SparseCopy.copy(directory.disk(), diskData, building.disk());
    diskData.save(building.diskExtents());
    Files.copy(directory.state(), building.state());
    Files.writeString(building.image(), recipe.image());
    Files.writeString(building.template(), recipe.template());
  }
}
