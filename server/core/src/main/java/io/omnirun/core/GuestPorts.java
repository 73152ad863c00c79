package io.omnirun.core;

/** The ports of a guest that are not a user's to choose. */
final class GuestPorts {
  static final int MAX = 65_535;

  /** The agent's, as E2B's clients know it: never shown on the web. */
  static final int AGENT = 49_983;

  /** The interpreter's: who reaches it runs code in the sandbox. */
  static final int INTERPRETER = 49_999;

  private GuestPorts() {}
}
