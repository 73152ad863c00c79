package io.omnirun.model;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a sandbox may do with language models by the key of its own.
 *
 * @param models ids or bare names; empty: all that its owner may use
 * @param cap what it may use up in its life, beside its owner's caps
 * @param onSpent what becomes of it when that is used up
 */
public record LlmGrant(List<String> models, LlmCap cap, OnSpent onSpent) {
  /** As many as anybody names by hand. */
  public static final int MAX_MODELS = 100;

  /** What becomes of a sandbox that has used up its cap. */
  public enum OnSpent {
    /** Its calls are refused. */
    REFUSE,
    /** It is paused; when it is resumed its calls are refused. */
    PAUSE;

    /** What callers know by that name, {@code pause} say. */
    public static Optional<OnSpent> parse(String text) {
      return Arrays.stream(values()).filter(value -> value.text().equals(text)).findFirst();
    }

    /** Its name in the API and the database. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public LlmGrant {
    models = List.copyOf(models);
  }
}
