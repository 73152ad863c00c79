package io.omnirun.testkit.llm;

/** What some providers do otherwise than others, and clients have to live with. */
enum Habit {
  /** Fields that no documentation has. */
  UNKNOWN_FIELDS,
  /** No usage, asked for or not. */
  NO_USAGE,
  /** A chunk with usage that nobody asked for. */
  USAGE_UNASKED,
  /** The chunk with the usage has {@code "choices":null}. */
  NULL_CHOICES,
  /** The usage stands in the last chunk with a choice. */
  USAGE_IN_LAST,
  /** No {@code [DONE]}, or no {@code message_stop}. */
  NO_DONE,
  /** A comment before each event. */
  COMMENTS,
  /** {@code data:{} without a space. */
  NO_SPACE,
  /** Lines end as in HTTP. */
  CRLF,
  /** Events come in bits of a few bytes, cut within characters. */
  TORN,
  /** All events come at once. */
  MERGED
}
