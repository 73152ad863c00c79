package io.omnirun.core.ports;

/**
 * Wraps the keys of vaults with a master key: one from a file, or one that never leaves a key
 * management service. Thread-safe; calls may block for disk or network.
 */
public interface KeyWrapper {
  /**
   * Makes a master key if there is none; answers the id of the newest.
   *
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID if it cannot be kept
   */
  String ensureMasterKey();

  /**
   * Wraps a key.
   *
   * @param context is wanted again by {@link #unwrap}
   * @throws io.omnirun.model.OmniRunException VAULT_UNREADABLE if there is no such master key
   */
  WrappedKey wrap(String masterKey, byte[] key, String context);

  /**
   * The key again.
   *
   * @throws io.omnirun.model.OmniRunException VAULT_UNREADABLE if its master key is not there, is
   *     another one, or the context is not that of the wrapping
   */
  byte[] unwrap(WrappedKey wrapped, String context);
}
