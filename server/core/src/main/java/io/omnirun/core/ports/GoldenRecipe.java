package io.omnirun.core.ports;

import io.omnirun.model.SizeClass;
import java.util.List;

/**
 * What a golden snapshot is made from.
 *
 * @param template the template's own name
 * @param kernel hash of a kernel with its initramfs, in the cache
 * @param image hash of a read-only base image, in the cache
 * @param diskMib size of the writable disk
 * @param warmUp shell commands that are run, as root, before the snapshot is taken
 */
public record GoldenRecipe(
    String template,
    SizeClass size,
    String kernel,
    String image,
    int diskMib,
    List<String> warmUp) {
  public GoldenRecipe {
    warmUp = List.copyOf(warmUp);
  }
}
