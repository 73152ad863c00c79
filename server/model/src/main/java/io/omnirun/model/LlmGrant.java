package io.omnirun.model;

import java.util.List;

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
    PAUSE
  }

  public LlmGrant {
    models = List.copyOf(models);
  }
}
