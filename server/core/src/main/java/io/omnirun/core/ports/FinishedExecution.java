package io.omnirun.core.ports;

import io.omnirun.model.ExecutionResult;

/**
 * What an execution has come to, and the memory that is accounted for it.
 *
 * @param release gives the memory back; run at least once
 */
public record FinishedExecution(ExecutionResult result, Runnable release) implements AutoCloseable {
  @Override
  public void close() {
    release.run();
  }
}
