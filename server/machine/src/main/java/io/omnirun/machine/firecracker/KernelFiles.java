package io.omnirun.machine.firecracker;

import java.nio.file.Path;

/**
 * What Firecracker boots.
 *
 * @param hash of the kernel, as templates name it
 * @param vmlinux uncompressed, an ELF file
 * @param initrd with the agent
 */
public record KernelFiles(String hash, Path vmlinux, Path initrd) {
  /** Finds the files of a kernel by its hash, made if they are missing. */
  @FunctionalInterface
  public interface Source {
    KernelFiles of(String hash);
  }
}
