package io.omnirun.images;

import java.nio.file.Path;

/**
 * A kernel with its initial RAM file system, ready to boot and never changed again.
 *
 * @param hash of all that went into both, the agent among it: the name of the directory
 * @param version of the Debian package, {@code 6.1.192-2} say
 * @param vmlinuz the kernel as the package has it (a bzImage)
 * @param initrd a cpio archive with the agent as {@code /init}
 */
public record Kernel(String hash, String version, Path vmlinuz, Path initrd) {}
