package io.omnirun.model;

import java.util.regex.Pattern;

/**
 * Names a node, for as long as it keeps its state directory: {@code n-} and 20 characters of {@code
 * [a-z0-9]}.
 */
public record NodeId(String value) {
  private static final Pattern FORM = Pattern.compile("n-[a-z0-9]{20}");

  /**
   * @throws IllegalArgumentException if {@code value} has not the form of such an id
   */
  public NodeId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("not of the form " + FORM + ": " + value);
    }
  }

  /** A new id that no other node has. */
  public static NodeId random() {
    return new NodeId("n-" + RandomNames.next());
  }

  @Override
  public String toString() {
    return value;
  }
}
