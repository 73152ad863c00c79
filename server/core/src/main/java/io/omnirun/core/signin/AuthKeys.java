package io.omnirun.core.signin;

import io.omnirun.model.AccountId;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * What signing in keeps in the database, made useless to whoever has only that: codes of six digits
 * under HMAC-SHA-256, secrets of authenticator apps under AES-256-GCM, each with a key of its own
 * purpose. Thread-safe.
 */
public final class AuthKeys {
  private static final String HMAC = "HmacSHA256";
  private static final String CIPHER = "AES/GCM/NoPadding";
  private static final String CODES = "omnirun: codes to sign in, version 1";
  private static final String FACTORS = "omnirun: second factors, version 1";
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final SecretKey codes;
  private final SecretKey factors;

  /**
   * @param secret at least 32 bytes, the same after a restart and on every node that shares a
   *     database
   */
  public AuthKeys(byte[] secret) {
    this.codes = derive(secret, HMAC, CODES);
    this.factors = derive(secret, "AES", FACTORS);
  }

  private static SecretKey derive(byte[] secret, String algorithm, String purpose) {
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveKey(
              algorithm,
              HKDFParameterSpec.ofExtract()
                  .addIKM(secret)
                  .thenExpand(purpose.getBytes(StandardCharsets.UTF_8), KEY_BYTES));
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no HKDF-SHA256", e);
    }
  }

  /** What is kept of an address's code: the same code of another address looks different. */
  String codeHmac(EmailAddress email, String code) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(codes);
      return HexFormat.of()
          .formatHex(mac.doFinal((email + "\n" + code).getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no " + HMAC, e);
    }
  }

  String sealFactor(AccountId account, byte[] secret) {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, account).doFinal(secret);
      return Base64.getEncoder()
          .encodeToString(
              ByteBuffer.allocate(NONCE_BYTES + sealed.length).put(nonce).put(sealed).array());
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a second factor cannot be kept", e);
    }
  }

  /**
   * @throws OmniRunException INTERNAL if it was sealed for another account or with another secret
   */
  byte[] openFactor(AccountId account, String sealed) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(sealed));
      byte[] nonce = new byte[NONCE_BYTES];
      bytes.get(nonce);
      byte[] content = new byte[bytes.remaining()];
      bytes.get(content);
      return cipher(Cipher.DECRYPT_MODE, nonce, account).doFinal(content);
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new OmniRunException(
          ErrorCode.INTERNAL,
          "a second factor cannot be read: it was kept with another secret than this server's",
          e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce, AccountId account) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(CIPHER);
    cipher.init(mode, factors, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(account.value().getBytes(StandardCharsets.UTF_8));
    return cipher;
  }
}
