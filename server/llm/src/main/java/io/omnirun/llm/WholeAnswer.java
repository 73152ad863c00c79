package io.omnirun.llm;

import io.omnirun.model.LlmUsage;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** A provider's answer that is no stream, as the caller's protocol has it. */
public interface WholeAnswer {
  /** What the provider says that it used; empty if it does not. */
  Optional<LlmUsage> usage();

  /** How much of an answer it is. */
  long answerBytes();

  /**
   * What the caller is sent.
   *
   * @param costOf in picodollars
   */
  byte[] body(ToLongFunction<LlmUsage> costOf);
}
