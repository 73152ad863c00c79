package io.omnirun.model;

import java.util.List;
import java.util.Optional;

/**
 * What code that was executed has come to.
 *
 * @param error of what it has failed
 * @param executionCount which of its context's executions it was, from 1 on; 0: it did not begin
 * @param truncated something that it has printed or shown is left out
 */
public record ExecutionResult(
    List<RichResult> results,
    String stdout,
    String stderr,
    Optional<String> error,
    int executionCount,
    boolean truncated) {
  public ExecutionResult {
    results = List.copyOf(results);
  }
}
