package io.omnirun.app;

import io.omnirun.model.Vmm;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What the configuration says that machines shall run in. */
enum VmmWish {
  AUTO,
  QEMU,
  FIRECRACKER;

  /** As the configuration spells them. */
  static final List<String> TEXTS = Stream.of(values()).map(VmmWish::text).toList();

  /** Whether machines may run in that. */
  boolean allows(Vmm vmm) {
    return this == AUTO || name().equals(vmm.name());
  }

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static VmmWish of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
