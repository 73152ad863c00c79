package io.omnirun.machine.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.omnirun.machine.disk.DataExtents.Extent;
import io.omnirun.machine.disk.FileSeeker.Whence;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataStretchesTest {
  private static final long GIB = 1024L * 1024 * 1024;
  private static final int DATA_BYTES = 64 * 1024;

  /** What a file system that supports neither answers. */
  private static final FileSeeker HOLES_UNKNOWN =
      (offset, whence) -> {
        throw new NativeCallException("lseek", NativeCallException.EINVAL);
      };

  @TempDir Path directory;
  private Path sparse;

  @BeforeEach
  void writeSparseFile() throws IOException {
    sparse = directory.resolve("sparse");
    try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
      file.setLength(4 * GIB);
      for (long offset : List.of(0L, GIB, 3 * GIB)) {
        file.seek(offset);
        file.write("x".repeat(DATA_BYTES).getBytes(US_ASCII));
      }
    }
  }

  @Test
  void holesAreLeftOut() throws IOException {
    assertThat(stretches(sparse))
        .containsExactly(
            new Extent(0, DATA_BYTES),
            new Extent(GIB, DATA_BYTES),
            new Extent(3 * GIB, DATA_BYTES));
  }

  @Test
  void aScanReadsNoHole() throws IOException {
    long before = bytesReadByThisThread();

    DataExtents extents = DataExtents.scan(sparse);

    assertThat(bytesReadByThisThread() - before).isLessThan(1024 * 1024);
    assertThat(extents.dataBytes()).isEqualTo(3 * DATA_BYTES);
  }

  /** So the RAM of a machine is when it is scanned: written through a mapping, not yet to disk. */
  @Test
  void dirtyPagesOfAMappingAreData() throws IOException {
    try (FileChannel channel = FileChannel.open(sparse, READ, WRITE)) {
      channel.map(FileChannel.MapMode.READ_WRITE, 2 * GIB, GIB).put(4096, (byte) 1);

      assertThat(DataExtents.scan(sparse).extents()).contains(new Extent(2 * GIB + 4096, 4096));
    }
  }

  @Test
  void dataUpToTheEndEndsThere() throws IOException {
    Path full = Files.write(directory.resolve("full"), new byte[5000]);

    assertThat(stretches(full)).containsExactly(new Extent(0, 5000));
  }

  @Test
  void anEmptyFileAndOneHoleHaveNone() throws IOException {
    Path hole = Files.createFile(directory.resolve("hole"));
    assertThat(stretches(hole)).isEmpty();
    try (RandomAccessFile file = new RandomAccessFile(hole.toFile(), "rw")) {
      file.setLength(GIB);
    }
    assertThat(stretches(hole)).isEmpty();
  }

  @Test
  void whereHolesAreUnknownAllIsData() throws IOException {
    assertThat(DataStretches.find(HOLES_UNKNOWN, 5000)).containsExactly(new Extent(0, 5000));
    assertThat(DataStretches.find(HOLES_UNKNOWN, 0)).isEmpty();
  }

  @Test
  void otherFailuresAreNotTakenForData() {
    FileSeeker broken =
        (offset, whence) -> {
          throw new NativeCallException("lseek", 5);
        };

    assertThatIOException()
        .isThrownBy(() -> DataStretches.find(broken, 5000))
        .withMessage("lseek failed with errno 5");
  }

  @Test
  void aFileSystemThatMakesNoHeadwayIsNotAskedForEver() {
    assertThatIOException().isThrownBy(() -> DataStretches.find((offset, whence) -> offset, 5000));
  }

  /** The files of proc know no holes: a real call with a real errno. */
  @Test
  void theErrnoIsTheCallsOwn() throws IOException {
    try (NativeFile file = NativeFile.open(Path.of("/proc/self/status"))) {
      assertThatExceptionOfType(NativeCallException.class)
          .isThrownBy(() -> file.seek(0, Whence.DATA))
          .satisfies(e -> assertThat(e.errno()).isEqualTo(NativeCallException.EINVAL));
    }
  }

  @Test
  void aFileThatIsNotThereIsNotOpened() {
    assertThatIOException()
        .isThrownBy(() -> NativeFile.open(directory.resolve("missing")))
        .withMessage("open failed with errno 2");
  }

  @Test
  void noDescriptorIsLeftOpenOrInherited() throws IOException {
    NativeFile file = NativeFile.open(sparse);
    assertThat(descriptorsOf(sparse)).singleElement().asString().contains("flags:\t02100000");

    file.close();
    file.close();

    assertThat(descriptorsOf(sparse)).isEmpty();
  }

  private static List<Extent> stretches(Path file) throws IOException {
    try (NativeFile seeker = NativeFile.open(file)) {
      return DataStretches.find(seeker, Files.size(file));
    }
  }

  private static long bytesReadByThisThread() throws IOException {
    return Files.readAllLines(Path.of("/proc/thread-self/io")).stream()
        .filter(line -> line.startsWith("rchar:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }

  /** What proc says of each descriptor that is open on a file. */
  private static List<String> descriptorsOf(Path file) throws IOException {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .filter(descriptor -> pointsTo(descriptor, file))
          .map(DataStretchesTest::describe)
          .toList();
    }
  }

  private static boolean pointsTo(Path descriptor, Path file) {
    try {
      return Files.readSymbolicLink(descriptor).equals(file.toRealPath());
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  private static String describe(Path descriptor) {
    try {
      return Files.readString(Path.of("/proc/self/fdinfo").resolve(descriptor.getFileName()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
