package io.omnirun.images;

import java.util.regex.Pattern;

/**
 * What a text in a template may be.
 *
 * @param pattern for the whole text
 * @param maxChars checked before the pattern
 * @param allowed the same in words, to follow "must be"
 */
record TextRule(Pattern pattern, int maxChars, String allowed) {
  static final TextRule NAME =
      rule("[a-z0-9][a-z0-9-]*", 63, "lower-case letters, digits and dashes, at most 63");
  static final TextRule ALIAS =
      rule("[a-z0-9][a-z0-9._-]*", 63, "lower-case letters, digits, '.', '_' and '-', at most 63");
  static final TextRule DESCRIPTION =
      rule("[^\\p{Cntrl}]+", 500, "one line, at most 500 characters");
  static final TextRule SUITE =
      rule("[a-z][a-z0-9-]*", 32, "the name of a Debian release, \"bookworm\" say");

  /** Debian policy 5.6.1; a dash at the end means removal to apt. */
  static final TextRule PACKAGE =
      rule("[a-z0-9][a-z0-9+.-]*[a-z0-9+]", 100, "the name of a Debian package");

  /**
   * Without dots at the start of a component there is no way up; without special characters no
   * surprise anywhere.
   */
  static final TextRule ABSOLUTE_PATH =
      rule(
          "(/(?!\\.{1,2}(/|$))[A-Za-z0-9._@+-]+)+",
          500,
          "an absolute path of letters, digits and . _ @ + -, without . and .. components");

  static final TextRule FILE_NAME =
      rule("[A-Za-z0-9_][A-Za-z0-9._-]*", 100, "the name of a file beside template.yaml");

  /** Parts of this repository lie beside the folder of templates. */
  static final TextRule RELATIVE_PATH =
      rule(
          "(\\.\\./)*[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*",
          200,
          "the path of a folder from that of the definition");

  static final TextRule MODE = rule("[0-7]{4}", 4, "four octal digits in quotes, \"0644\" say");
  static final TextRule USER = rule("[a-z_][a-z0-9_-]*", 32, "the name of a Linux user");
  static final TextRule OWNER =
      rule("[a-z_][a-z0-9_-]*(:[a-z_][a-z0-9_-]*)?", 65, "\"user\" or \"user:group\"");

  /** Linux takes 128 KiB in one argument; a command of a template is far from it. */
  static final TextRule COMMAND =
      rule("[^\\x00]*\\S[^\\x00]*", 16 * 1024, "a command of at most 16384 characters");

  static final TextRule ENVIRONMENT_VALUE =
      rule("[^\\x00]*", 4096, "a text of at most 4096 characters");
  static final TextRule ENVIRONMENT_NAME =
      rule("[A-Za-z_][A-Za-z0-9_]*", 128, "the name of an environment variable");
  static final TextRule FILE_TEXT =
      rule("[^\\x00]*", 256 * 1024, "a text of at most 262144 characters");

  boolean accepts(String text) {
    return text.length() <= maxChars && pattern.matcher(text).matches();
  }

  private static TextRule rule(String pattern, int maxChars, String allowed) {
    return new TextRule(Pattern.compile(pattern, Pattern.DOTALL), maxChars, allowed);
  }
}
