package io.omnirun.core.signin;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Codes of authenticator apps: RFC 6238 with what all apps take: SHA-1, six digits, 30 seconds. */
final class Totp {
  /** As RFC 4226 wants it. */
  static final int SECRET_BYTES = 20;

  static final int STEP_SECONDS = 30;

  /** Steps by which clocks may differ, and the time that people take to type. */
  private static final int DRIFT = 1;

  private static final String HMAC = "HmacSHA1";
  private static final int MODULUS = 1_000_000;
  private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final int BASE32_BITS = 5;

  private Totp() {}

  /**
   * The step whose code it is, around now.
   *
   * @param after only later steps count
   */
  static OptionalLong step(byte[] secret, String code, Instant now, long after) {
    long current = Math.floorDiv(now.getEpochSecond(), STEP_SECONDS);
    for (long step = current - DRIFT; step <= current + DRIFT; step++) {
      if (step > after && isEqual(code(secret, step), code)) {
        return OptionalLong.of(step);
      }
    }
    return OptionalLong.empty();
  }

  private static boolean isEqual(String left, String right) {
    return MessageDigest.isEqual(
        left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
  }

  /** The code of a step (RFC 4226, 5.3). */
  static String code(byte[] secret, long step) {
    byte[] hash = hmac(secret, ByteBuffer.allocate(Long.BYTES).putLong(step).array());
    int offset = hash[hash.length - 1] & 0xf;
    int number = ByteBuffer.wrap(hash, offset, Integer.BYTES).getInt() & Integer.MAX_VALUE;
    return String.format(Locale.ROOT, "%06d", number % MODULUS);
  }

  private static byte[] hmac(byte[] secret, byte[] message) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(secret, HMAC));
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no " + HMAC, e);
    }
  }

  /** As apps take it (RFC 4648): every five bytes are eight characters; a rest is left out. */
  static String base32(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    int buffer = 0;
    int bits = 0;
    for (byte single : bytes) {
      buffer = (buffer << Byte.SIZE) | (single & 0xff);
      bits += Byte.SIZE;
      while (bits >= BASE32_BITS) {
        bits -= BASE32_BITS;
        text.append(BASE32.charAt((buffer >> bits) & 0x1f));
      }
    }
    return text.toString();
  }
}
