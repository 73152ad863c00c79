package io.omnirun.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlankDiskTest {
  private final ProcessRunner runner = new ProcessRunner();

  @TempDir Path directory;

  @Test
  void aDiskIsACleanFileSystemInASparseFile() throws Exception {
    Path disk = directory.resolve("disk.img");

    create(disk, 2048);

    assertThat(disk).hasSize(2048L * 1024 * 1024);
    assertThat(Allocation.bytes(disk)).isLessThan(4L * 1024 * 1024);
    runner.run(Program.quick("e2fsck", "-f", "-n", disk.toString()));
  }

  @Test
  void theGuestHasNothingToInitializeAndNoJournal() throws Exception {
    Path disk = directory.resolve("disk.img");

    create(disk, 1024);

    List<String> description = runner.run(Program.quick("dumpe2fs", disk.toString()));
    assertThat(description)
        .filteredOn(line -> line.matches("Group \\d+:.*"))
        .hasSize(8)
        .allMatch(line -> line.contains("ITABLE_ZEROED"));
    assertThat(description)
        .filteredOn(line -> line.startsWith("Filesystem features"))
        .singleElement()
        .asString()
        .contains("ext_attr")
        .doesNotContain("has_journal");
  }

  @Test
  void theRootOfTheDiskBelongsToRootWhoeverMadeIt() throws Exception {
    Path disk = directory.resolve("disk.img");

    create(disk, 64);

    assertThat(runner.run(Program.quick("debugfs", "-R", "stat /", disk.toString())))
        .anyMatch(line -> line.matches("User: +0 +Group: +0 .*"));
  }

  @Test
  void aDiskThatCannotBeFormattedLeavesNoFile() {
    Path disk = directory.resolve("disk.img");

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> create(disk, 0))
        .withMessageContaining("make blank disk")
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.TEMPLATE_BUILD_FAILED));
    assertThat(disk).doesNotExist();
  }

  @Test
  void anExistingFileIsNotTouched() throws IOException {
    Path disk = Files.writeString(directory.resolve("disk.img"), "precious");

    assertThatExceptionOfType(OmniRunException.class).isThrownBy(() -> create(disk, 64));
    assertThat(disk).hasContent("precious");
  }

  private void create(Path disk, int sizeMib) {
    new BlankDisk(runner).create(disk, sizeMib, BuildProgress.SILENT);
  }
}
