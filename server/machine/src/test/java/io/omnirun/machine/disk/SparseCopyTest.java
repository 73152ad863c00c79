package io.omnirun.machine.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.omnirun.machine.disk.DataExtents.Extent;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparseCopyTest {
  private static final int STAT_BLOCK_BYTES = 512;
  private static final long FILE_BYTES = 64L * 1024 * 1024 + 1000;

  @TempDir Path directory;
  private Path source;

  @BeforeEach
  void writeSource() throws IOException {
    source = directory.resolve("source");
    try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "rw")) {
      file.setLength(FILE_BYTES);
      put(file, 0);
      put(file, 4096);
      put(file, 3 * 4096 - 1);
      put(file, 32L * 1024 * 1024 + 5);
      put(file, FILE_BYTES - 1);
    }
  }

  @Test
  void extentsAreTheBlocksThatAreNotZero() throws IOException {
    DataExtents extents = DataExtents.scan(source);

    assertThat(extents.fileBytes()).isEqualTo(FILE_BYTES);
    assertThat(extents.extents())
        .containsExactly(
            new Extent(0, 3 * 4096),
            new Extent(32L * 1024 * 1024, 4096),
            new Extent(64L * 1024 * 1024, 1000));
    assertThat(extents.dataBytes()).isEqualTo(4 * 4096 + 1000);
  }

  @Test
  void aCopyIsEqualAndAsSparse() throws IOException {
    Path target = directory.resolve("target");

    SparseCopy.copy(source, DataExtents.scan(source), target);

    assertThat(target).hasSameBinaryContentAs(source);
    assertThat(allocatedBytes(target)).isBetween(4 * 4096L, 64 * 1024L);
  }

  @Test
  void blocksOfWrittenZerosAreLeftOut() throws IOException {
    Path zeros = Files.write(directory.resolve("zeros"), new byte[1024 * 1024]);
    Path target = directory.resolve("target");

    SparseCopy.copy(zeros, DataExtents.scan(zeros), target);

    assertThat(target).hasSameBinaryContentAs(zeros);
    assertThat(allocatedBytes(target)).isZero();
  }

  @Test
  void anExistingFileIsNotTouched() throws IOException {
    Path target = Files.writeString(directory.resolve("target"), "precious");

    assertThatIOException()
        .isThrownBy(() -> SparseCopy.copy(source, DataExtents.scan(source), target))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(target).hasContent("precious");
  }

  @Test
  void aSourceThatShrankLeavesNoCopy() throws IOException {
    DataExtents extents = DataExtents.scan(source);
    try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "rw")) {
      file.setLength(8192);
    }
    Path target = directory.resolve("target");

    assertThatIOException().isThrownBy(() -> SparseCopy.copy(source, extents, target));
    assertThat(target).doesNotExist();
  }

  @Test
  void aManifestKeepsThem() throws IOException {
    DataExtents extents = DataExtents.scan(source);
    Path manifest = directory.resolve("manifest");

    extents.save(manifest);

    assertThat(DataExtents.load(manifest)).isEqualTo(extents);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "something else",
        "omnirun-extents-1 x",
        "omnirun-extents-1 8192\n0",
        "omnirun-extents-1 8192\n0 8193",
        "omnirun-extents-1 8192\n4096 4096\n0 4096",
        "omnirun-extents-1 8192\n-1 4096",
      })
  void aDamagedManifestIsRefused(String content) throws IOException {
    Path manifest = Files.writeString(directory.resolve("manifest"), content);

    assertThatIOException()
        .isThrownBy(() -> DataExtents.load(manifest))
        .withMessage("not a manifest of extents: manifest");
  }

  @Test
  void anEmptyFileHasNoExtents() throws IOException {
    Path empty = Files.createFile(directory.resolve("empty"));

    assertThat(DataExtents.scan(empty)).isEqualTo(new DataExtents(0, List.of()));
  }

  private static long allocatedBytes(Path file) throws IOException {
    Process stat = new ProcessBuilder("stat", "--format=%b", file.toString()).start();
    return Long.parseLong(stat.inputReader().readLine()) * STAT_BLOCK_BYTES;
  }

  private static void put(RandomAccessFile file, long position) throws IOException {
    file.seek(position);
    file.write(1);
  }
}
