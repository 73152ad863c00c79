package io.omnirun.machine.qemu;

import java.util.Locale;

/** How QEMU runs the guest's instructions. */
public enum Accelerator {
  /** Translated in software: works everywhere, about ten times slower. */
  TCG,
  /** By the CPU. */
  KVM;

  /** As the launcher and the configuration spell it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
