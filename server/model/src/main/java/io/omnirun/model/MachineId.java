package io.omnirun.model;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Names a machine, the VMM process under a sandbox: {@code m-} and 20 characters of {@code
 * [a-z0-9]}.
 */
public record MachineId(String value) {
  private static final Pattern FORM = Pattern.compile("m-[a-z0-9]{20}");

  /**
   * @throws IllegalArgumentException if {@code value} has not the form of such an id
   */
  public MachineId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("not of the form " + FORM + ": " + value);
    }
  }

  /** A new id that nobody can guess. */
  public static MachineId random() {
    return new MachineId("m-" + RandomNames.next());
  }

  /** The id that {@code text} spells, empty if it spells none: for text that callers send. */
  public static Optional<MachineId> parse(String text) {
    return FORM.matcher(text).matches() ? Optional.of(new MachineId(text)) : Optional.empty();
  }

  @Override
  public String toString() {
    return value;
  }
}
