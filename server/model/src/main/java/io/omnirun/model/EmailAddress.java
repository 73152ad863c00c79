package io.omnirun.model;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The address of a mailbox: ASCII, in lower case throughout, so that one mailbox is one account.
 * Letters of other scripts that look like ASCII ones are none; no character of it can end a line or
 * a header.
 */
public record EmailAddress(String value) {
  /** What SMTP takes at most (RFC 5321). */
  public static final int MAX_LENGTH = 254;

  private static final int MAX_LOCAL_LENGTH = 64;
  private static final String ATOM = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+";
  private static final String LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
  private static final Pattern FORM =
      Pattern.compile(ATOM + "(?:\\." + ATOM + ")*@" + LABEL + "(?:\\." + LABEL + ")+");

  /**
   * @throws IllegalArgumentException if {@code value} has not the form of such an address
   */
  public EmailAddress {
    if (!isWellFormed(value)) {
      throw new IllegalArgumentException("not an e-mail address in lower case");
    }
  }

  /** The address that {@code text} spells in any case; empty if it spells none. */
  public static Optional<EmailAddress> parse(String text) {
    if (text.length() > MAX_LENGTH || !text.chars().allMatch(character -> character < 0x80)) {
      return Optional.empty();
    }
    String lower = text.toLowerCase(Locale.ROOT);
    return isWellFormed(lower) ? Optional.of(new EmailAddress(lower)) : Optional.empty();
  }

  private static boolean isWellFormed(String text) {
    return text.length() <= MAX_LENGTH
        && text.indexOf('@') <= MAX_LOCAL_LENGTH
        && FORM.matcher(text).matches();
  }

  /** What stands behind the {@code @}. */
  public String domain() {
    return value.substring(value.indexOf('@') + 1);
  }

  @Override
  public String toString() {
    return value;
  }
}
