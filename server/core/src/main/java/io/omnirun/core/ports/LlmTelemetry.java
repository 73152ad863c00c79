package io.omnirun.core.ports;

import io.omnirun.model.LlmUsage;
import java.time.Duration;
import java.util.Optional;

/**
 * Is told of calls of language models, to be counted. Calls return at once and never throw; nothing
 * in them names a caller or holds what one has sent. Thread-safe.
 */
public interface LlmTelemetry {
  /** Counts nothing. */
  LlmTelemetry NONE = call -> {};

  /** How a call has ended. */
  enum Outcome {
    /** With an answer. */
    ANSWERED,
    /** The caller was told that it may not, or that its request makes no sense. */
    REFUSED,
    /** No provider gave an answer, or one broke off. */
    FAILED,
    /** The caller has hung up. */
    CANCELLED
  }

  /**
   * A call that is over.
   *
   * @param model by id; empty: there is none of the name that was asked for
   * @param provider by name; empty: none was asked
   * @param toFirstByte of the answer; empty: there was none
   */
  record Call(
      Optional<String> model,
      Optional<String> provider,
      Outcome outcome,
      Optional<Duration> toFirstByte,
      Duration whole,
      LlmUsage usage,
      long costPicodollars) {}

  /** A call is over. */
  void ended(Call call);
}
