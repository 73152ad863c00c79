package io.omnirun.model;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** What code has shown, in every format that it has for it. */
public record RichResult(Map<ResultFormat, String> formats) {
  public RichResult {
    EnumMap<ResultFormat, String> inOrder = new EnumMap<>(ResultFormat.class);
    inOrder.putAll(formats);
    formats = Collections.unmodifiableMap(inOrder);
  }

  /** About what it takes in memory. */
  public long characters() {
    return formats.values().stream().mapToLong(String::length).sum();
  }
}
