package io.omnirun.core.ports;

import io.omnirun.model.Command;
import io.omnirun.model.SizeClass;
import java.util.List;
import java.util.Optional;

/**
 * What a golden snapshot is made from.
 *
 * @param template the template's own name
 * @param kernel hash of a kernel with its initramfs, in the cache
 * @param image hash of a read-only base image, in the cache
 * @param warmUp shell commands that are run, as root, before the snapshot is taken
 * @param startCommand is begun after them and runs on in every clone
 * @param readyCommand is run after that and waited for
 */
public record GoldenRecipe(
    String template,
    SizeClass size,
    String kernel,
    String image,
    List<String> warmUp,
    Optional<Command> startCommand,
    Optional<Command> readyCommand) {
  public GoldenRecipe {
    warmUp = List.copyOf(warmUp);
  }
}
