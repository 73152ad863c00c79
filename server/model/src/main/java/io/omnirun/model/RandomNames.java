package io.omnirun.model;

import java.security.SecureRandom;

/** Names nobody can guess: characters of {@code [a-z0-9]} from the system's secure generator. */
public final class RandomNames {
  /** 20 characters of 36: 103 bits. */
  static final int LENGTH = 20;

  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final SecureRandom RANDOM = new SecureRandom();

  private RandomNames() {}

  static String next() {
    return next(LENGTH);
  }

  /** So many random characters. */
  public static String next(int length) {
    StringBuilder name = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      name.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
    }
    return name.toString();
  }
}
