package io.omnirun.llm.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Somebody who serves models.
 *
 * @param url what paths are added to, without a slash at its end
 * @param keyFile the file with the operator's key
 * @param vaultKey the credential of a caller's vault that is its key; one of both, or neither
 * @param apiVersion Azure's
 * @param idleTimeout how long nothing may come of an answer that has begun
 */
public record ProviderConfig(
    String name,
    Kind kind,
    URI url,
    Optional<Path> keyFile,
    Optional<String> vaultKey,
    Optional<String> apiVersion,
    Duration connectTimeout,
    Duration firstByteTimeout,
    Duration idleTimeout) {
  /** Which protocol a provider speaks. */
  public enum Kind {
    /** OpenAI's, as most do. */
    OPENAI,
    /** OpenAI's, with deployments in the path and a key header of its own. */
    AZURE,
    /** Anthropic's Messages. */
    ANTHROPIC
  }
}
