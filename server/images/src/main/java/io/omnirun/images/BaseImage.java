package io.omnirun.images;

import java.nio.file.Path;

/**
 * The read-only ext4 root file system of a template, ready to be shared by machines and never
 * changed again.
 *
 * @param hash of all that went into it: the name of its directory
 * @param path the image, {@code base.img}
 * @param bytes its size
 */
public record BaseImage(String hash, Path path, long bytes) {}
