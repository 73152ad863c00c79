package io.omnirun.vault;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.omnirun.core.ports.VaultCipher;

/** Encrypts the values of vaults with Tink's AES-256-GCM. */
public final class TinkVaultCipher implements VaultCipher {
  @Override
  public byte[] newKey() {
    return AesGcm.newKey();
  }

  @Override
  public Box with(byte[] key) {
    return new AesGcmBox(new AesGcm(key));
  }

  private record AesGcmBox(AesGcm cipher) implements Box {
    @Override
    public String seal(String plain, String context) {
      return cipher.seal(plain.getBytes(UTF_8), context);
    }

    @Override
    public String open(String sealed, String context) {
      return new String(cipher.open(sealed, context, "a credential of the vault"), UTF_8);
    }
  }
}
