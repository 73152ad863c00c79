package io.omnirun.model;

/** What a process talks through. The API keeps the two apart. */
public enum ProcessKind {
  /** Pipes. */
  COMMAND,
  /** A terminal. */
  TERMINAL
}
