package io.omnirun.core.ports;

/**
 * Encrypts the values of vaults and proves, when it opens one, that it was not changed.
 * Thread-safe.
 */
public interface VaultCipher {
  /** A new random key. */
  byte[] newKey();

  /** Encrypts and opens with a key that {@link #newKey} has made. */
  Box with(byte[] key);

  /** One key at work. Thread-safe. */
  interface Box {
    /**
     * Encrypts.
     *
     * @param context is wanted again by {@link #open}: what is moved elsewhere does not open
     */
    String seal(String plain, String context);

    /**
     * What was sealed.
     *
     * @throws io.omnirun.model.OmniRunException VAULT_UNREADABLE if it was changed, was sealed with
     *     another key, or for another context
     */
    String open(String sealed, String context);
  }
}
