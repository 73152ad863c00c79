package io.omnirun.model;

import java.util.regex.Pattern;

/**
 * Names a vault: {@code vlt_} and 20 characters of {@code [a-z0-9]}. It gives access to nothing.
 */
public record VaultId(String value) {
  private static final Pattern FORM = Pattern.compile("vlt_[a-z0-9]{20}");

  /**
   * @throws IllegalArgumentException if {@code value} has not the form of such an id
   */
  public VaultId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("not of the form " + FORM + ": " + value);
    }
  }

  /** A new id. */
  public static VaultId random() {
    return new VaultId("vlt_" + RandomNames.next());
  }

  @Override
  public String toString() {
    return value;
  }
}
