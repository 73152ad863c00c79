package io.omnirun.llm;

import io.omnirun.model.LlmUsage;
import java.io.IOException;
import java.util.Optional;

/** What has come of a provider's stream by now. Used by one thread. */
public final class StreamTally {
  private Optional<LlmUsage> usage = Optional.empty();
  private Optional<ProviderFailure> failure = Optional.empty();
  private long answerBytes;
  private boolean done;

  /** So much more of an answer has come: bytes of text, tool calls and the like. */
  public void hasCome(long bytes) {
    answerBytes += bytes;
  }

  /** The provider has said what it used; what it said before was less. */
  public void used(LlmUsage told) {
    usage = Optional.of(told);
  }

  /** The provider has failed, and nothing more comes. */
  public void failed(ProviderFailure why) {
    failure = Optional.of(why);
    done = true;
  }

  /** Nothing that matters comes any more. */
  public void finish() {
    done = true;
  }

  public boolean isDone() {
    return done;
  }

  /**
   * To be called when the provider has ended its stream.
   *
   * @throws IOException if something should still have come
   */
  public void requireDone() throws IOException {
    if (!done) {
      throw endedInTheMiddle();
    }
  }

  /** What is wrong with a stream that has ended too early. */
  public static IOException endedInTheMiddle() {
    return new IOException("the provider has ended its answer in the middle");
  }

  /** What the provider has said that it used; empty: nothing yet. */
  public Optional<LlmUsage> usage() {
    return usage;
  }

  public long answerBytes() {
    return answerBytes;
  }

  /** What the provider has said of its failure; empty: it has not failed. */
  public Optional<ProviderFailure> failure() {
    return failure;
  }
}
