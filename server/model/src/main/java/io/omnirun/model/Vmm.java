package io.omnirun.model;

import java.util.Locale;

/** The program that a machine is a process of. */
public enum Vmm {
  QEMU,
  FIRECRACKER;

  /** As the API and the store spell it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The program that {@code text} spells. */
  public static Vmm ofText(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
