package io.omnirun.llm.provider;

import io.omnirun.core.ports.Credentials;
import io.omnirun.llm.config.ProviderConfig;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys that providers want: the operator's, read once from files, or the caller's, from its
 * vault. Thread-safe; blocks for the vault.
 */
public final class ProviderKeys {
  private final Credentials vaults;
  private final Map<Path, String> files = new ConcurrentHashMap<>();

  public ProviderKeys(Credentials vaults) {
    this.vaults = vaults;
  }

  /**
   * The key for a call; empty if the provider wants none.
   *
   * @throws OmniRunException INVALID_REQUEST if the account's vault has not the one it should have
   */
  Optional<String> of(ProviderConfig provider, AccountId account) {
    return provider
        .vaultKey()
        .map(name -> ofVault(provider, account, name))
        .or(() -> provider.keyFile().map(file -> files.computeIfAbsent(file, ProviderKeys::read)));
  }

  /**
   * Reads the operator's key of a provider, so that a missing file is known before a call.
   *
   * @throws OmniRunException CONFIGURATION_INVALID
   */
  public void require(ProviderConfig provider) {
    provider.keyFile().ifPresent(file -> files.computeIfAbsent(file, ProviderKeys::read));
  }

  private String ofVault(ProviderConfig provider, AccountId account, String name) {
    String key = vaults.of(account).get(name);
    if (key == null) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST,
          "the provider %s is called with a key of your own: store it in your vault as %s"
              .formatted(provider.name(), name));
    }
    if (!isKey(key.strip())) {
      // Whoever sends it would say in words what is wrong with it, and so tell it.
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST,
          "what your vault has as %s is no key for the provider %s"
              .formatted(name, provider.name()));
    }
    return key.strip();
  }

  private static boolean isKey(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 0x7F);
  }

  private static String read(Path file) {
    try {
      String key = Files.readString(file).strip();
      if (isKey(key)) {
        return key;
      }
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "language models: the key file " + file + " cannot be read",
          e);
    }
    throw new OmniRunException(
        ErrorCode.CONFIGURATION_INVALID, "language models: the key file " + file + " holds no key");
  }
}
