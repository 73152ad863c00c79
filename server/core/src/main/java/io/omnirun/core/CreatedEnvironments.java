package io.omnirun.core;

import io.omnirun.core.ports.Credentials;
import io.omnirun.model.GuestEnvironment;
import io.omnirun.model.Sandbox;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the processes of a new sandbox find in their environment: of its template, its key for
 * language models, what its creator sent; and the credentials of its owner's vault, which do not
 * take the place of that key. Thread-safe; calls block.
 */
final class CreatedEnvironments {
  private final Credentials credentials;
  private final LlmKeys llmKeys;

  CreatedEnvironments(Credentials credentials, LlmKeys llmKeys) {
    this.credentials = credentials;
    this.llmKeys = llmKeys;
  }

  /**
   * @param envs as its creator sent them
   * @throws io.omnirun.model.OmniRunException VAULT_UNREADABLE
   */
  GuestEnvironment of(Sandbox sandbox, Template template, Map<String, String> envs) {
    Map<String, String> ofKey =
        sandbox.settings().llm().isPresent() ? llmKeys.variables(sandbox.id()) : Map.of();
    Map<String, String> merged = new HashMap<>(template.envs());
    merged.putAll(ofKey);
    merged.putAll(envs);
    return new GuestEnvironment(
        merged,
        sandbox.settings().vaultInject()
            ? Optional.of(credentialsBeside(ofKey, sandbox))
            : Optional.empty());
  }

  /** A real key with the gateway's address beside it would be of no use, and be in the sandbox. */
  private Map<String, String> credentialsBeside(Map<String, String> ofKey, Sandbox sandbox) {
    Map<String, String> given = new HashMap<>(credentials.of(sandbox.account()));
    given.keySet().removeAll(ofKey.keySet());
    return given;
  }
}
