package io.omnirun.core.ports;

import io.omnirun.core.Template;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;

/** The golden snapshots of this node. */
public interface GoldenSnapshots {
  /**
   * The snapshot of a template in a size class; never builds one and hardly blocks.
   *
   * @throws io.omnirun.model.OmniRunException TEMPLATE_NOT_READY while it is being built or after
   *     its build failed
   */
  GoldenSnapshot ready(Template template, SizeClass size);

  /** Whether {@link #ready} would answer. */
  default boolean isReady(Template template, SizeClass size) {
    try {
      ready(template, size);
      return true;
    } catch (OmniRunException notReady) {
      return false;
    }
  }
}
