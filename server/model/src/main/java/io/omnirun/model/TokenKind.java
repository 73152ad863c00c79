package io.omnirun.model;

import java.util.Locale;

/** How a token came to be, which decides where it may be shown. */
public enum TokenKind {
  /** Made by a caller or an operator, for programs: a header carries it. */
  KEY,
  /** The answer to a code from a mail: like a key, with an end. */
  SIGN_IN,
  /** Of a browser: a cookie carries it, and nothing else may. */
  SESSION;

  /** Its name in the database. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
