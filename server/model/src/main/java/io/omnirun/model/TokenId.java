package io.omnirun.model;

import java.util.Optional;
import java.util.regex.Pattern;

/** Names a token without being one: {@code tok_} and 16 to 20 characters of {@code [a-z0-9]}. */
public record TokenId(String value) {
  private static final Pattern FORM = Pattern.compile("tok_[a-z0-9]{16,20}");

  /**
   * @throws IllegalArgumentException if {@code value} has not the form of such an id
   */
  public TokenId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("not of the form " + FORM + ": " + value);
    }
  }

  /** A new id that nobody can guess. */
  public static TokenId random() {
    return new TokenId("tok_" + RandomNames.next());
  }

  /** The id that {@code text} spells, empty if it spells none: for text that callers send. */
  public static Optional<TokenId> parse(String text) {
    return FORM.matcher(text).matches() ? Optional.of(new TokenId(text)) : Optional.empty();
  }

  @Override
  public String toString() {
    return value;
  }
}
