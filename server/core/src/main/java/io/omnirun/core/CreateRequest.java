package io.omnirun.core;

import io.omnirun.model.LlmGrant;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.SandboxSettings;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What a caller asks for.
 *
 * @param template a name or an alias
 * @param timeout the sandbox's life; zero: permanent; empty: the template's default
 * @param vcpus at least so many; 0: as the template has it
 * @param memoryMib at least so much; 0: as the template has it
 * @param diskMib at least so much that can be written; 0: as the template has it
 * @param envs for every process of the sandbox
 * @param metadata labels
 * @param autoPause to be paused at its deadline, not ended
 * @param secure its ports are reached with its traffic token only
 * @param maskRequestHost the {@code Host} that requests to its ports carry
 * @param vaultInject it is given the credentials of its owner's vault
 * @param network what of the network it reaches
 * @param llm what it may do with language models by a key of its own
 */
public record CreateRequest(
    String template,
    Optional<Duration> timeout,
    int vcpus,
    int memoryMib,
    int diskMib,
    Map<String, String> envs,
    Map<String, String> metadata,
    boolean autoPause,
    boolean secure,
    Optional<String> maskRequestHost,
    boolean vaultInject,
    NetworkPolicy network,
    Optional<LlmGrant> llm) {
  public CreateRequest {
    envs = Map.copyOf(envs);
    metadata = Map.copyOf(metadata);
  }

  /** A request that chooses nothing beside CPUs, memory, life and labels. */
  public CreateRequest(
      String template,
      Optional<Duration> timeout,
      int vcpus,
      int memoryMib,
      Map<String, String> envs,
      Map<String, String> metadata) {
    this(
        template,
        timeout,
        vcpus,
        memoryMib,
        0,
        envs,
        metadata,
        false,
        false,
        Optional.empty(),
        false,
        NetworkPolicy.AIR_GAP,
        Optional.empty());
  }

  /** What of it the sandbox keeps, given the life that it gets. */
  SandboxSettings settings(Duration life) {
    return new SandboxSettings(life, autoPause, secure, maskRequestHost, vaultInject, network, llm);
  }
}
