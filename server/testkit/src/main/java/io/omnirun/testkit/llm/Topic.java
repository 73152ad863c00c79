package io.omnirun.testkit.llm;

/** What the fake model talks about. */
enum Topic {
  /** Says what was said to it. */
  TEXT,
  /** Calls two of the request's tools at once, and then says what they answered. */
  TOOLS,
  /** Says what pictures it saw. */
  IMAGE,
  REFUSAL,
  /** Text after thoughts, with a prompt of which half was cached. */
  REASONING,
  /** A text of 10 MB in one line. */
  LONG_LINE
}
