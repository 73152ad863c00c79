package io.omnirun.model;

import java.util.Locale;

/** What executes the instructions of a guest. */
public enum Accelerator {
  /** QEMU, which translates them: works everywhere, about ten times slower. */
  TCG,
  /** The CPU. */
  KVM;

  /** As the launcher, the configuration, the API and the store spell it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The accelerator that {@code text} spells. */
  public static Accelerator ofText(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
