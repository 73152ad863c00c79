package io.omnirun.model;

import java.util.regex.Pattern;

/** What an interpreter tells of code while it executes it. */
public sealed interface ExecutionEvent {
  /** Where code prints. */
  enum Channel {
    STDOUT,
    STDERR
  }

  /**
   * It begins.
   *
   * @param executionCount which of its context's executions it is, from 1 on
   */
  record Begun(int executionCount) implements ExecutionEvent {}

  /** It has printed; lines begin and end anywhere in the text. */
  record Printed(Channel channel, String text) implements ExecutionEvent {}

  /** It has shown something. */
  record Shown(RichResult result) implements ExecutionEvent {}

  /**
   * It has failed.
   *
   * @param traceback may be empty, and may have the colours of a terminal
   */
  record Failed(String name, String value, String traceback) implements ExecutionEvent {
    /** Control sequences of terminals (ECMA-48, 5.4). */
    private static final Pattern CONTROL_SEQUENCE = Pattern.compile("\\u001B\\[[0-?]*[ -/]*[@-~]");

    /** All that is known of it, for people, without colours. */
    public String text() {
      return traceback.isBlank()
          ? name + ": " + value
          : CONTROL_SEQUENCE.matcher(traceback).replaceAll("");
    }
  }

  /**
   * Something that it has told is left out.
   *
   * @param mayBeError whether it may have been a {@link Failed}; else it was printed or shown
   * @param why for people
   */
  record LeftOut(boolean mayBeError, String why) implements ExecutionEvent {
    /** What stands for it where the code's complaints are read. */
    public String text() {
      String what =
          mayBeError
              ? "the error with which this code failed, or something else that it told,"
              : "something that was printed or shown";
      return "[" + what + " is left out: " + why + "]";
    }
  }

  /** It has ended; the last event. */
  record Ended() implements ExecutionEvent {}
}
