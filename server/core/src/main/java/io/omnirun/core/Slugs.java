package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.RandomNames;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The first labels of exposures' host names: made, and checked when a caller has chosen one. */
final class Slugs {
  static final int MIN_LENGTH = 3;

  /** Of a label of a host name (RFC 1035). */
  static final int MAX_LENGTH = 63;

  /** 41 bits: with the words nobody finds one by trying, at the rate at which a server answers. */
  private static final int RANDOM_CHARACTERS = 8;

  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?");

  /** How sandboxes' own names look, in either order, and what comes near them. */
  private static final Pattern SANDBOX_NAME = Pattern.compile("[0-9]+-sb.*|sb.*-[0-9]+");

  /** {@code xn--}: letters of any script, made to look like any name. */
  private static final Pattern ENCODED = Pattern.compile("..--.*");

  /** Names that visitors would take for the operator's. */
  private static final Set<String> RESERVED =
      Set.of(
          "abuse",
          "account",
          "accounts",
          "admin",
          "api",
          "app",
          "auth",
          "billing",
          "console",
          "dashboard",
          "docs",
          "gateway",
          "localhost",
          "login",
          "mail",
          "metrics",
          "omnirun",
          "postmaster",
          "preview",
          "root",
          "security",
          "signin",
          "static",
          "status",
          "support",
          "system",
          "webmaster",
          "www");

  private static final List<String> FIRST_WORDS =
      List.of(
          "amber", "bold", "brave", "brisk", "calm", "clear", "cosy", "deft", "eager", "early",
          "fair", "fond", "fresh", "gentle", "glad", "grand", "green", "happy", "keen", "kind",
          "late", "light", "lively", "lucky", "mellow", "merry", "mild", "neat", "noble", "plain",
          "proud", "quick", "quiet", "rapid", "ready", "rosy", "sharp", "shy", "silent", "smart",
          "solid", "sunny", "swift", "tidy", "vivid", "warm", "wise", "young");

  private static final List<String> SECOND_WORDS =
      List.of(
          "badger", "beaver", "birch", "brook", "cedar", "cloud", "coral", "crane", "creek",
          "daisy", "delta", "dune", "eagle", "elm", "falcon", "fern", "finch", "forest", "fox",
          "garden", "grove", "hare", "harbor", "heron", "island", "lake", "lark", "lynx", "maple",
          "marsh", "meadow", "moon", "oak", "ocean", "otter", "owl", "pine", "plover", "pond",
          "raven", "reef", "river", "robin", "spruce", "stone", "swan", "tulip", "willow");

  private static final SecureRandom RANDOM = new SecureRandom();

  private Slugs() {}

  /** {@code calm-otter-4f9k2x7q}: one that nobody has and nobody guesses. */
  static String random() {
    return String.join(
        "-", any(FIRST_WORDS), any(SECOND_WORDS), RandomNames.next(RANDOM_CHARACTERS));
  }

  private static String any(List<String> words) {
    return words.get(RANDOM.nextInt(words.size()));
  }

  /**
   * @throws OmniRunException INVALID_REQUEST if callers cannot have it
   */
  static void check(String slug) {
    boolean isLabel =
        slug.length() >= MIN_LENGTH
            && slug.length() <= MAX_LENGTH
            && LABEL.matcher(slug).matches()
            && !ENCODED.matcher(slug).matches();
    if (!isLabel) {
      throw invalid(
          "field \"slug\" must be %d to %d of the characters a-z, 0-9 and -, and neither begin nor"
              .concat(" end with -, nor have -- at its third character")
              .formatted(MIN_LENGTH, MAX_LENGTH));
    }
    if (SANDBOX_NAME.matcher(slug).matches()) {
      throw invalid("field \"slug\" looks like a sandbox's own host name; send another one");
    }
    if (RESERVED.contains(slug)) {
      throw invalid("field \"slug\" is a reserved name; send another one");
    }
  }

  private static OmniRunException invalid(String message) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, message);
  }
}
