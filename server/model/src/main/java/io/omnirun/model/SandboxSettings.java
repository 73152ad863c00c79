package io.omnirun.model;

import java.time.Duration;
import java.util.Optional;

/**
 * What a caller has chosen for a sandbox beside its size and labels.
 *
 * @param timeout the life it was given last, in whole seconds; zero: permanent
 * @param autoPause at its deadline it is to be paused, not ended
 * @param secure its ports are reached with its traffic token only
 * @param maskRequestHost the {@code Host} that requests to its ports carry; empty: their own
 * @param vaultInject it was given its owner's credentials; it does not end for being idle
 * @param network what of the network it reaches
 * @param llm what it may do with language models by a key of its own; empty: it has none
 */
public record SandboxSettings(
    Duration timeout,
    boolean autoPause,
    boolean secure,
    Optional<String> maskRequestHost,
    boolean vaultInject,
    NetworkPolicy network,
    Optional<LlmGrant> llm) {
  /** Permanent, and nothing chosen. */
  public static final SandboxSettings NONE =
      new SandboxSettings(
          Duration.ZERO,
          false,
          false,
          Optional.empty(),
          false,
          NetworkPolicy.AIR_GAP,
          Optional.empty());

  /** The same with another life. */
  public SandboxSettings withTimeout(Duration newTimeout) {
    return new SandboxSettings(
        newTimeout, autoPause, secure, maskRequestHost, vaultInject, network, llm);
  }

  /** The same with another network policy. */
  public SandboxSettings withNetwork(NetworkPolicy newNetwork) {
    return new SandboxSettings(
        timeout, autoPause, secure, maskRequestHost, vaultInject, newNetwork, llm);
  }

  /** The same with another grant of language models. */
  public SandboxSettings withLlm(Optional<LlmGrant> newLlm) {
    return new SandboxSettings(
        timeout, autoPause, secure, maskRequestHost, vaultInject, network, newLlm);
  }
}
