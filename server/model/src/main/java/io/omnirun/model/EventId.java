package io.omnirun.model;

import java.util.regex.Pattern;

/** Names an event: {@code evt_} and 20 characters of {@code [a-z0-9]}. */
public record EventId(String value) {
  private static final Pattern FORM = Pattern.compile("evt_[a-z0-9]{20}");

  /**
   * @throws IllegalArgumentException if {@code value} has not the form of such an id
   */
  public EventId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("not of the form " + FORM + ": " + value);
    }
  }

  /** A new id. */
  public static EventId random() {
    return new EventId("evt_" + RandomNames.next());
  }

  @Override
  public String toString() {
    return value;
  }
}
