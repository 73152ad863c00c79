package io.omnirun.model;

import java.time.Duration;

/**
 * What a caller has chosen for a sandbox beside its size and labels.
 *
 * @param timeout the life it was given last, in whole seconds; zero: permanent
 * @param autoPause at its deadline it is paused, not ended
 */
public record SandboxSettings(Duration timeout, boolean autoPause) {
  /** Permanent, and nothing chosen. */
  public static final SandboxSettings NONE = new SandboxSettings(Duration.ZERO, false);
}
