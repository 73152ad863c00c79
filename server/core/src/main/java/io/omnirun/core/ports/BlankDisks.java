package io.omnirun.core.ports;

import java.nio.file.Path;

/** Makes empty formatted disks, sparse. Thread-safe. */
@FunctionalInterface
public interface BlankDisks {
  /**
   * Makes a disk where no file is yet.
   *
   * @throws io.omnirun.model.OmniRunException TEMPLATE_BUILD_FAILED or NO_SPACE; nothing is left
   *     behind then
   */
  void make(Path target, int sizeMib);
}
