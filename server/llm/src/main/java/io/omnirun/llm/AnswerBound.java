package io.omnirun.llm;

import java.io.IOException;
import java.time.Duration;

/** How long an answer may become, whatever a provider sends. Used by one thread. */
final class AnswerBound {
  /** Longer tokens are rare, and the mean of an answer is a fraction of it. */
  private static final int MOST_BYTES_PER_TOKEN = 64;

  /** Some text around each answer, its tool calls and its refusals. */
  private static final long SLACK_BYTES = 64 * 1024;

  /** No model thinks and writes for longer. */
  private static final Duration MOST_TIME = Duration.ofHours(1);

  private final long mostBytes;
  private final long begunNanos = System.nanoTime();

  /**
   * @param mostTokens that were reserved for it
   */
  AnswerBound(long mostTokens) {
    this.mostBytes = mostTokens * MOST_BYTES_PER_TOKEN + SLACK_BYTES;
  }

  /**
   * @throws IOException if the answer is longer than one can be
   */
  void require(long answerBytes) throws IOException {
    if (answerBytes > mostBytes) {
      throw new IOException("the provider answers more than the model can");
    }
    requireEnd();
  }

  /**
   * @throws IOException if the answer takes longer than one can
   */
  void requireEnd() throws IOException {
    if (System.nanoTime() - begunNanos > MOST_TIME.toNanos()) {
      throw new IOException("the provider does not come to an end");
    }
  }
}
