package io.omnirun.http;

import java.io.IOException;
import java.io.OutputStream;

/** Writes the body of an answer. */
@FunctionalInterface
public interface AnswerWriter {
  /**
   * Writes the body to {@code client}; blocks for the client. To return is to say that it is whole;
   * whatever is thrown replaces the answer or, when part of it is on its way, aborts it.
   */
  void writeTo(OutputStream client) throws IOException;
}
