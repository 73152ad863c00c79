package io.omnirun.core.ports;

import java.util.Collection;
import java.util.Optional;
import java.util.function.Consumer;

/** Boots, warms and freezes machines. Thread-safe; calls block. */
public interface GoldenBuilder {
  /** The snapshot of a recipe, if this host has it already. */
  Optional<GoldenSnapshot> find(GoldenRecipe recipe);

  /**
   * Makes the snapshot of a recipe: seconds to minutes. A failure leaves nothing behind.
   *
   * @param progress is told each step as it begins
   * @throws io.omnirun.model.OmniRunException TEMPLATE_BUILD_FAILED naming the step, with its last
   *     output
   */
  GoldenSnapshot build(GoldenRecipe recipe, Consumer<String> progress);

  /**
   * Makes this host hold a snapshot, so that the first clone of it is as quick as the next.
   * Idempotent.
   */
  void load(GoldenSnapshot snapshot);

  /**
   * Frees the memory of all other snapshots that this host holds, be it for a server before this
   * one. Clones of them live on; to make another takes a {@link #load} first. Idempotent.
   */
  void releaseAllBut(Collection<GoldenSnapshot> wanted);
}
