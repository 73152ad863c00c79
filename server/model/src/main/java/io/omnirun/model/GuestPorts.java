package io.omnirun.model;

/** The ports of a guest that are not a user's to choose. */
public final class GuestPorts {
  /** The largest number of a TCP port. */
  public static final int MAX = 65_535;

  /** The agent's, as E2B's clients know it: never shown on the web. */
  public static final int AGENT = 49_983;

  /**
   * Where the agent forwards to the host's LLM gateway, in a sandbox that has a key for it; the
   * host's port of the gateway has the same number.
   */
  public static final int LLM = 49_980;

  /** The interpreter's: who reaches it runs code in the sandbox. */
  public static final int INTERPRETER = 49_999;

  private GuestPorts() {}
}
