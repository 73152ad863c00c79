package io.omnirun.core;

import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.WebhookId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes the secrets of webhooks and encrypts them for the database (AES-256-GCM under a key that is
 * derived from the node's secret, bound to account and webhook). Thread-safe.
 */
public final class WebhookSecrets {
  private static final String HMAC = "HmacSHA256";
  private static final String CIPHER = "AES/GCM/NoPadding";
  private static final String PURPOSE = "webhook-secrets";
  private static final String PREFIX = "whsec_";
  private static final int SECRET_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final SecretKeySpec key;

  /**
   * @param nodeSecret at least 32 bytes, the same after a restart
   */
  public WebhookSecrets(byte[] nodeSecret) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(nodeSecret, HMAC));
      this.key = new SecretKeySpec(mac.doFinal(PURPOSE.getBytes(StandardCharsets.UTF_8)), "AES");
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no " + HMAC, e);
    }
  }

  String random() {
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(SECRET_BYTES));
  }

  String seal(AccountId account, WebhookId webhook, String secret) {
    byte[] nonce = bytes(NONCE_BYTES);
    try {
      byte[] sealed =
          cipher(Cipher.ENCRYPT_MODE, nonce, account, webhook)
              .doFinal(secret.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder()
          .encodeToString(
              ByteBuffer.allocate(nonce.length + sealed.length).put(nonce).put(sealed).array());
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a webhook's secret cannot be kept", e);
    }
  }

  /**
   * The secret of a webhook.
   *
   * @throws OmniRunException INTERNAL if it was sealed for another one or by another node's secret
   */
  public String open(AccountId account, WebhookId webhook, String sealed) {
    try {
      byte[] bytes = Base64.getDecoder().decode(sealed);
      byte[] nonce = new byte[NONCE_BYTES];
      System.arraycopy(bytes, 0, nonce, 0, Math.min(bytes.length, NONCE_BYTES));
      byte[] plain =
          cipher(Cipher.DECRYPT_MODE, nonce, account, webhook)
              .doFinal(bytes, NONCE_BYTES, Math.max(0, bytes.length - NONCE_BYTES));
      return new String(plain, StandardCharsets.UTF_8);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new OmniRunException(
          ErrorCode.INTERNAL, "the webhook's secret cannot be read: make the webhook anew", e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce, AccountId account, WebhookId webhook)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(CIPHER);
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD((account + "/" + webhook).getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
