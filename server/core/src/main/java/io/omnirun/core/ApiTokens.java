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

/** The text of API tokens: {@code omr_} and 256 random bits. Only their hashes are ever stored. */
final class ApiTokens {
  static final String PREFIX = "omr_";

  private static final int RANDOM_BYTES = 32;
  private static final Pattern FORM = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43}");
  private static final SecureRandom RANDOM = new SecureRandom();

  private ApiTokens() {}

  static String random() {
    byte[] bytes = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(bytes);
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Whether a text has the form of those made here. */
  static boolean isWellFormed(String text) {
    return FORM.matcher(text).matches();
  }

  /** A name for a token that tells nothing about it. */
  static String randomTokenId() {
    byte[] bytes = new byte[8];
    RANDOM.nextBytes(bytes);
    return "tok_" + HexFormat.of().formatHex(bytes);
  }

  /** The hash under which a token is stored. A random token needs no salt and no slow hash. */
  static String sha256(String token) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no SHA-256", e);
    }
  }
}
