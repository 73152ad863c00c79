package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The text of tokens: {@code omr_} and 256 random bits for a key, {@code oms_} for a browser's
 * session. Only their hashes are ever stored.
 */
public final class Secrets {
  private static final String KEY_PREFIX = "omr_";
  private static final String SESSION_PREFIX = "oms_";
  private static final int RANDOM_BYTES = 32;
  private static final Pattern KEY = Pattern.compile(KEY_PREFIX + "[A-Za-z0-9_-]{43}");
  private static final SecureRandom RANDOM = new SecureRandom();

  private Secrets() {}

  /** The text of a new key. */
  public static String randomKey() {
    return KEY_PREFIX + random();
  }

  /** The text of a new session. */
  public static String randomSession() {
    return SESSION_PREFIX + random();
  }

  /** 256 random bits as 43 characters that a URL takes as they are. */
  public static String random() {
    byte[] bytes = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Whether a text has the form of the keys made here. */
  public static boolean isKey(String text) {
    return KEY.matcher(text).matches();
  }

  /** The hash under which a token is stored. A random token needs no salt and no slow hash. */
  public static String sha256(String token) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no SHA-256", e);
    }
  }
}
