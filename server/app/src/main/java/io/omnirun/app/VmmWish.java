package io.omnirun.app;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What the configuration says that machines shall run in. */
enum VmmWish {
  AUTO,
  QEMU,
  FIRECRACKER;

  /** As the configuration spells them. */
  static final List<String> TEXTS =
      Stream.of(values()).map(wish -> wish.name().toLowerCase(Locale.ROOT)).toList();

  static VmmWish of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
