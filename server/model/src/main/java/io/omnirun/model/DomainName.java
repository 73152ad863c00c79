package io.omnirun.model;

import java.net.IDN;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A host's name in the one form in which names are compared: A-labels, in lower case, without the
 * dot at the end. It is no IP literal: its last label is not a number in any notation.
 *
 * <p>Labels of other scripts become A-labels as IDNA 2003 has it, which is what the JDK knows. The
 * four characters that IDNA 2008 treats otherwise are refused, since a list and a client might mean
 * different names by them. Characters newer than that are refused, too; both can be given as {@code
 * xn--} labels.
 */
public record DomainName(String value) {
  /** What a name on the wire of DNS takes, without its final dot (RFC 1035). */
  public static final int MAX_LENGTH = 253;

  /** Underscores are in no host name, but in many names that hosts have. */
  private static final String LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";

  private static final Pattern FORM = Pattern.compile(LABEL + "(?:\\." + LABEL + ")*");
  private static final Pattern NUMBER = Pattern.compile("(?:.*\\.)?(?:[0-9]+|0x[0-9a-f]*)");
  private static final Pattern DEVIATIONS = Pattern.compile("[\u00df\u03c2\u200c\u200d]");

  /**
   * @throws IllegalArgumentException if {@code value} is not in that form
   */
  public DomainName {
    String problem = problem(value);
    if (!problem.isEmpty()) {
      throw new IllegalArgumentException(problem);
    }
  }

  /**
   * The name that a program sent: ASCII, in any case, with or without the final dot. Empty if it is
   * none.
   */
  public static Optional<DomainName> ofWire(String text) {
    if (!text.chars().allMatch(character -> character < 0x80)) {
      return Optional.empty(); // Before the case: there are others whose lower case is ASCII.
    }
    String lower = withoutFinalDot(text).toLowerCase(Locale.ROOT);
    return problem(lower).isEmpty() ? Optional.of(new DomainName(lower)) : Optional.empty();
  }

  /**
   * The name that a person wrote, in any script.
   *
   * @throws OmniRunException INVALID_REQUEST with what is wrong
   */
  public static DomainName parse(String text) {
    String ascii = toAscii(text);
    String problem = problem(ascii);
    if (!problem.isEmpty()) {
      throw refused(text, problem);
    }
    return new DomainName(ascii);
  }

  static OmniRunException refused(String text, String problem) {
    return new OmniRunException(
        ErrorCode.INVALID_REQUEST, "\"" + ShownInput.of(text) + "\" " + problem);
  }

  private static String toAscii(String text) {
    if (text.length() > MAX_LENGTH + 1) {
      throw refused(text, "is longer than the " + MAX_LENGTH + " characters of a domain name");
    }
    if (DEVIATIONS.matcher(text).find()) {
      throw refused(text, "has a character that is not the same for everyone: give the xn-- form");
    }
    try {
      return withoutFinalDot(IDN.toASCII(text)).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST,
          "\"" + ShownInput.of(text) + "\" is no domain name; if it is one, give its xn-- form",
          e);
    }
  }

  private static String withoutFinalDot(String text) {
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  /** What is wrong with a text, empty if nothing is. */
  private static String problem(String text) {
    if (text.length() > MAX_LENGTH) {
      return "is longer than the " + MAX_LENGTH + " characters of a domain name";
    }
    if (NUMBER.matcher(text).matches() || text.indexOf(':') >= 0) {
      return "is an address or ends like one, not in a domain";
    }
    return FORM.matcher(text).matches() ? "" : "is no domain name";
  }

  @Override
  public String toString() {
    return value;
  }
}
