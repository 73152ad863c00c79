package io.omnirun.images;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class UncompressedKernelTest {
  /** More than two of LZ4's blocks. */
  private static final int BYTES = 17 * 1024 * 1024 + 12345;

  private static final int SMALL = 100_000;

  /** As scripts/Makefile.lib calls it. */
  private static final List<String> LZ4 = List.of("lz4", "-l", "-9", "-", "-");

  @TempDir Path directory;

  /** The programs and options of Linux's scripts/Makefile.lib and xz_wrap.sh. */
  static Stream<Arguments> compressions() {
    return Stream.of(
        Arguments.of(List.of("gzip", "-n", "-f", "-9"), false),
        Arguments.of(
            List.of("xz", "--check=crc32", "--x86", "--lzma2=,dict=32MiB", "--stdout"), true),
        Arguments.of(LZ4, true),
        Arguments.of(List.of("zstd", "-22", "--ultra", "--stdout"), true));
  }

  @ParameterizedTest
  @MethodSource("compressions")
  void eachCompressionOfLinuxsBuildIsUndone(List<String> program, boolean sizeIsAppended)
      throws Exception {
    assumeInstalled(program.getFirst());
    byte[] kernel = KernelFile.elf(BYTES);
    byte[] compressed = KernelFile.compress(kernel, program);
    byte[] payload = sizeIsAppended ? KernelFile.withSize(compressed, BYTES) : compressed;

    assertThat(Files.readAllBytes(extract(KernelFile.image(payload)))).isEqualTo(kernel);
  }

  @ParameterizedTest
  @MethodSource("compressions")
  void aPayloadThatWasCutIsRefused(List<String> program, boolean sizeIsAppended) throws Exception {
    assumeInstalled(program.getFirst());
    byte[] compressed = KernelFile.compress(KernelFile.elf(SMALL), program);
    byte[] cut = Arrays.copyOf(compressed, compressed.length / 2);

    assertThatIOException()
        .isThrownBy(() -> extract(KernelFile.image(KernelFile.withSize(cut, SMALL))));
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL - 1, SMALL + 1, 0, -1})
  void aSizeThatIsNotTheKernelsIsRefused(int size) throws Exception {
    assumeInstalled("lz4");
    byte[] compressed = KernelFile.compress(KernelFile.elf(SMALL), LZ4);

    assertThatIOException()
        .isThrownBy(() -> extract(KernelFile.image(KernelFile.withSize(compressed, size))));
  }

  @Test
  void whatIsNoKernelWithinIsRefused() throws Exception {
    byte[] compressed = KernelFile.compress(new byte[SMALL], List.of("gzip"));

    assertThatIOException()
        .isThrownBy(() -> extract(KernelFile.image(compressed)))
        .withMessageContaining("no kernel for x86-64");
  }

  @Test
  void anUnknownCompressionIsNamedAsSuch() {
    byte[] payload = KernelFile.withSize(new byte[100], SMALL);

    assertThatIOException()
        .isThrownBy(() -> extract(KernelFile.image(payload)))
        .withMessageContaining("none of [GZIP, XZ, LZ4, ZSTD]");
  }

  static Stream<Arguments> damages() {
    return Stream.<UnaryOperator<byte[]>>of(
            image -> new byte[0],
            image -> Arrays.copyOf(image, 100),
            image -> Arrays.copyOf(image, image.length / 2),
            image -> changed(image, 0x202, 0),
            image -> changed(image, 0x206, 0x0207),
            image -> changed(image, 0x248, -1),
            image -> changed(image, 0x24C, -1),
            image -> changed(image, 0x24C, 4))
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("damages")
  void aDamagedImageIsRefused(UnaryOperator<byte[]> damage) throws Exception {
    byte[] compressed = KernelFile.compress(KernelFile.elf(SMALL), List.of("gzip"));

    assertThatIOException().isThrownBy(() -> extract(damage.apply(KernelFile.image(compressed))));
  }

  @Test
  void lz4BlocksOfImpossibleLengthsAreRefused() {
    byte[] payload = {0x02, 0x21, 0x4C, 0x18, -1, -1, -1, 0x7F, 1, 2, 3};

    assertThatIOException()
        .isThrownBy(() -> extract(KernelFile.image(KernelFile.withSize(payload, SMALL))))
        .withMessageContaining("block of 2147483647 bytes");
  }

  @Test
  void aKernelIsUncompressedOnceAndABadOneLeavesNothing() throws Exception {
    ImageCache cache = new ImageCache(directory.resolve("cache"), directory.resolve("agent"));
    byte[] kernel = KernelFile.elf(SMALL);
    Path good = write(KernelFile.image(KernelFile.compress(kernel, List.of("gzip"))));
    Path first = cache.uncompressed(good, BuildProgress.SILENT);
    Path bad = write(KernelFile.image(new byte[100]));

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> cache.uncompressed(bad, BuildProgress.SILENT))
        .withMessageContaining("step \"uncompress kernel\" failed")
        .extracting(OmniRunException::code)
        .isEqualTo(ErrorCode.TEMPLATE_BUILD_FAILED);
    assertThat(first).hasBinaryContent(kernel);
    assertThat(cache.uncompressed(good, BuildProgress.SILENT)).isEqualTo(first);
    try (Stream<Path> kept = Files.list(directory.resolve("cache/kernels-uncompressed"))) {
      assertThat(kept.filter(Files::isDirectory)).hasSize(1);
    }
  }

  /** What Debian's package holds; Firecracker enters at the note if the kernel has one. */
  @Test
  void debiansKernelComesOutWithItsPvhEntry() throws Exception {
    Optional<Path> vmlinuz = cachedKernel();
    assumeTrue(vmlinuz.isPresent(), "SKIPPED: no kernel package was fetched on this machine yet");
    Path target = directory.resolve("vmlinux");

    UncompressedKernel.extract(vmlinuz.get(), target);

    assertThat(Files.size(target)).isGreaterThan(20_000_000);
    assertThat(new String(Files.readAllBytes(target), ISO_8859_1))
        .contains("Linux version 6.")
        // XEN_ELFNOTE_PHYS32_ENTRY: name of 4 bytes, type 18 (xen/interface/elfnote.h).
        .contains("\u0012\0\0\0Xen\0");
  }

  private static Optional<Path> cachedKernel() throws IOException {
    Path kernels =
        Path.of(
            Optional.ofNullable(System.getenv("OMNIRUN_TEST_KERNELS"))
                .orElse("/var/lib/omnirun/.cache/omnirun/kernels"));
    if (!Files.isReadable(kernels)) {
      return Optional.empty();
    }
    try (Stream<Path> entries = Files.list(kernels)) {
      return entries.map(entry -> entry.resolve("vmlinuz")).filter(Files::isReadable).findFirst();
    }
  }

  private Path extract(byte[] image) throws IOException {
    Path target = directory.resolve("vmlinux");
    UncompressedKernel.extract(write(image), target);
    return target;
  }

  private Path write(byte[] image) throws IOException {
    return Files.write(Files.createTempFile(directory, "vmlinuz", ""), image);
  }

  private static byte[] changed(byte[] image, int at, int value) {
    byte[] copy = image.clone();
    ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    return copy;
  }

  private static void assumeInstalled(String program) {
    boolean installed =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(entry -> Files.isExecutable(Path.of(entry, program)));
    assumeTrue(installed, "SKIPPED: there is no " + program + " on this machine");
  }
}
