package io.omnirun.model;

import java.util.Optional;
import java.util.regex.Pattern;

/** Names a webhook: {@code wh_} and 20 characters of {@code [a-z0-9]}. */
public record WebhookId(String value) {
  private static final Pattern FORM = Pattern.compile("wh_[a-z0-9]{20}");

  /**
   * @throws IllegalArgumentException if {@code value} has not the form of such an id
   */
  public WebhookId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("not of the form " + FORM + ": " + value);
    }
  }

  /** A new id that nobody can guess. */
  public static WebhookId random() {
    return new WebhookId("wh_" + RandomNames.next());
  }

  /** The id that {@code text} spells, empty if it spells none: for text that callers send. */
  public static Optional<WebhookId> parse(String text) {
    return FORM.matcher(text).matches() ? Optional.of(new WebhookId(text)) : Optional.empty();
  }

  @Override
  public String toString() {
    return value;
  }
}
