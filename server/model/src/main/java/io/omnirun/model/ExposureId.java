package io.omnirun.model;

import java.util.Optional;
import java.util.regex.Pattern;

/** Names an exposure: {@code exp_} and 20 characters of {@code [a-z0-9]}. */
public record ExposureId(String value) {
  private static final Pattern FORM = Pattern.compile("exp_[a-z0-9]{20}");

  /**
   * @throws IllegalArgumentException if {@code value} has not the form of such an id
   */
  public ExposureId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("not of the form " + FORM + ": " + value);
    }
  }

  /** A new id that nobody can guess. */
  public static ExposureId random() {
    return new ExposureId("exp_" + RandomNames.next());
  }

  /** The id that {@code text} spells, empty if it spells none: for text that callers send. */
  public static Optional<ExposureId> parse(String text) {
    return FORM.matcher(text).matches() ? Optional.of(new ExposureId(text)) : Optional.empty();
  }

  @Override
  public String toString() {
    return value;
  }
}
