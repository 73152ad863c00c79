package io.omnirun.vault;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.aead.AesGcmParameters;
import com.google.crypto.tink.subtle.AesGcmJce;
import com.google.crypto.tink.util.SecretBytes;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.security.GeneralSecurityException;
import java.util.Base64;

/**
 * Tink's AES-256-GCM with one key: a random nonce of 96 bits before the text, a tag of 128 bits
 * behind it, all of it in Base64. Thread-safe.
 *
 * <p>With random nonces one key is good for 2^32 texts; a vault's own sees some thousand.
 */
final class AesGcm {
  static final int KEY_BYTES = 32;

  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final AesGcmParameters PARAMETERS = parameters();

  private final Aead aead;

  @AccessesPartialKey
  AesGcm(byte[] key) {
    try {
      this.aead =
          AesGcmJce.create(
              AesGcmKey.builder()
                  .setParameters(PARAMETERS)
                  .setKeyBytes(SecretBytes.copyFrom(key, InsecureSecretKeyAccess.get()))
                  .build());
    } catch (GeneralSecurityException e) {
      throw unusable(e);
    }
  }

  static byte[] newKey() {
    return SecretBytes.randomBytes(KEY_BYTES).toByteArray(InsecureSecretKeyAccess.get());
  }

  String seal(byte[] plain, String context) {
    try {
      return Base64.getEncoder().encodeToString(aead.encrypt(plain, context.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw unusable(e);
    }
  }

  /**
   * @param what is named by the message if it does not open
   */
  byte[] open(String sealed, String context, String what) {
    try {
      return aead.decrypt(Base64.getDecoder().decode(sealed), context.getBytes(UTF_8));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new OmniRunException(
          ErrorCode.VAULT_UNREADABLE,
          what + " does not open: it was changed, or belongs to another master key or account",
          e);
    }
  }

  private static AesGcmParameters parameters() {
    try {
      return AesGcmParameters.builder()
          .setKeySizeBytes(KEY_BYTES)
          .setIvSizeBytes(NONCE_BYTES)
          .setTagSizeBytes(TAG_BYTES)
          .setVariant(AesGcmParameters.Variant.NO_PREFIX)
          .build();
    } catch (GeneralSecurityException e) {
      throw unusable(e);
    }
  }

  private static OmniRunException unusable(GeneralSecurityException cause) {
    return new OmniRunException(ErrorCode.INTERNAL, "this Java has no AES-GCM", cause);
  }
}
