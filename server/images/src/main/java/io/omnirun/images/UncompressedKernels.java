package io.omnirun.images;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Uncompressed kernels, each kept under the hash of the kernel that it comes from: packages change
 * more seldom than the initial RAM file systems that are made for them. Thread-safe.
 */
final class UncompressedKernels {
  /** Counts the ways this class has uncompressed kernels. */
  private static final String RECIPE = "1";

  private static final String NAME = "vmlinux";

  private final CacheShelf shelf;

  UncompressedKernels(CacheShelf shelf) {
    this.shelf = shelf;
  }

  /** The kernel as an ELF file, made if it is missing. */
  Path of(Path vmlinuz, BuildProgress progress) {
    return new BuildSteps(progress).run("uncompress kernel", () -> obtain(vmlinuz));
  }

  private Path obtain(Path vmlinuz) throws IOException, ProgramFailedException {
    String hash =
        new InputHash("uncompressed kernel")
            .add("recipe", RECIPE)
            .addContent("vmlinuz", vmlinuz)
            .hex();
    return shelf
        .obtain(hash, staging -> UncompressedKernel.extract(vmlinuz, staging.resolve(NAME)))
        .resolve(NAME);
  }
}
