package io.omnirun.testkit.llm;

/** What goes wrong. */
enum Fault {
  NONE,
  /** The connection is closed instead of an answer. */
  NO_ANSWER,
  /** An answer that is no HTTP. */
  NOT_HTTP,
  /** Bytes that are neither JSON nor text. */
  GARBAGE,
  /** The middle of the answer again and again. */
  ENDLESS,
  /** A line that goes on. */
  ENDLESS_LINE,
  /** Half of the answer, then nothing, over an open connection. */
  STALL,
  /** Status 200 with an error as the body. */
  ERROR_200,
  /** An error as the first event. */
  ERROR_FIRST,
  /** Half of the answer, then an error as an event. */
  ERROR_MID_STREAM,
  /** Half of the answer, then an orderly end of it. */
  CUT_CLEAN,
  /** Half of the answer, then an end of the connection between two chunks. */
  CUT,
  /** The same within a chunk. */
  CUT_IN_CHUNK,
  /** Half of the answer, then a reset. */
  RESET
}
