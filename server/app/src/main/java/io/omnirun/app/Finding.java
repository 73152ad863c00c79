package io.omnirun.app;

/**
 * One thing that was found out about a host.
 *
 * @param text what was found, and how
 * @param hint what to do about it; empty: nothing
 */
record Finding(Verdict verdict, String subject, String text, String hint) {
  /** How it matters. */
  enum Verdict {
    GOOD("ok"),
    WORSE("advice"),
    BROKEN("problem");

    private final String sign;

    Verdict(String sign) {
      this.sign = sign;
    }

    String sign() {
      return sign;
    }
  }

  /** For people: verdict, subject, what was found, what to do. */
  String line() {
    String line = "%-7s %-12s %s".formatted(verdict.sign(), subject, text);
    return hint.isEmpty() ? line : line + " → " + hint;
  }

  static Finding good(String subject, String text) {
    return new Finding(Verdict.GOOD, subject, text, "");
  }

  static Finding worse(String subject, String text, String hint) {
    return new Finding(Verdict.WORSE, subject, text, hint);
  }

  static Finding broken(String subject, String text, String hint) {
    return new Finding(Verdict.BROKEN, subject, text, hint);
  }
}
