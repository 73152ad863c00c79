package io.omnirun.core.ports;

import io.omnirun.core.Template;
import io.omnirun.model.SizeClass;
import java.util.function.Consumer;

/** Knows what golden snapshots are made from. Thread-safe. */
public interface GoldenRecipes {
  /**
   * The recipe for a template in a size class. Builds the kernel and the base image first if this
   * host has not got them: seconds to minutes then.
   *
   * @param progress is told each step as it begins
   * @throws io.omnirun.model.OmniRunException TEMPLATE_BUILD_FAILED naming the step, with its last
   *     output
   */
  GoldenRecipe recipe(Template template, SizeClass size, Consumer<String> progress);
}
