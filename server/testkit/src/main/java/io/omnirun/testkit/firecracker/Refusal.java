package io.omnirun.testkit.firecracker;

/** What the fake answers with a status of 400 and a {@code fault_message}. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean fatal;

  Refusal(String text) {
    this(text, false);
  }

  private Refusal(String text, boolean fatal) {
    super(text);
    this.fatal = fatal;
  }

  /** After which Firecracker ends: a restore that has failed. */
  static Refusal fatal(String text) {
    return new Refusal(text, true);
  }

  String text() {
    return String.valueOf(getMessage());
  }

  boolean isFatal() {
    return fatal;
  }
}
