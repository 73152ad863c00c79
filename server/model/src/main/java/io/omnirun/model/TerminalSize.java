package io.omnirun.model;

/** In characters. */
public record TerminalSize(int columns, int rows) {
  /** What a terminal has had since there were cards with as many columns. */
  public static final TerminalSize USUAL = new TerminalSize(80, 24);
}
