package io.omnirun.machine;

import io.omnirun.core.ports.FinishedExecution;
import io.omnirun.core.ports.GuestInterpreter;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.guest.interpreter.ExecutionStream;
import io.omnirun.guest.interpreter.InterpreterClient;
import io.omnirun.model.CodeContext;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.ExecutionEvent;
import io.omnirun.model.OmniRunException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * The interpreter of a guest through its client. A guest has few streams, most of which its agent
 * may take: so calls and executions here have a bound each, and previews have what is left.
 * Thread-safe.
 */
final class InterpreterOverHttp implements GuestInterpreter {
  /** Each keeps a stream of the guest for as long as it lasts. */
  static final int MAX_EXECUTIONS = 24;

  /** They are answered soon. */
  static final int MAX_CALLS = 8;

  private final InterpreterClient client;
  private final GuestResources resources;
  private final Semaphore executions = new Semaphore(MAX_EXECUTIONS);
  private final Semaphore calls = new Semaphore(MAX_CALLS);

  InterpreterOverHttp(GuestResources resources, Path socket) {
    this.resources = resources;
    this.client = new InterpreterClient(resources.http(), socket, resources.messages());
  }

  @Override
  public CodeContext create(String language, Optional<String> cwd) {
    return call(() -> client.create(language, cwd));
  }

  @Override
  public List<CodeContext> contexts() {
    return call(client::contexts);
  }

  @Override
  public void delete(String context) {
    run(() -> client.delete(context));
  }

  @Override
  public CodeContext restart(String context) {
    return call(() -> client.restart(context));
  }

  @Override
  public void interrupt(String context) {
    run(() -> client.interrupt(context));
  }

  private void run(Runnable action) {
    call(
        () -> {
          action.run();
          return true;
        });
  }

  private <T> T call(Supplier<T> action) {
    take(calls, "%d calls to the sandbox's interpreter are under way".formatted(MAX_CALLS));
    try {
      return action.get();
    } finally {
      calls.release();
    }
  }

  @Override
  public FinishedExecution execute(String context, String code, CompletableFuture<?> callerGone) {
    ExecutionOutput output = new ExecutionOutput(resources);
    try (GuestSequence<ExecutionEvent> events = open(context, code, callerGone)) {
      Optional<ExecutionEvent> event = events.next();
      while (event.isPresent()) {
        output.accept(event.get());
        event = events.next();
      }
      return output.finished();
    } catch (RuntimeException e) {
      output.close();
      throw e;
    }
  }

  @Override
  public GuestSequence<ExecutionEvent> follow(String context, String code) {
    return open(context, code, new CompletableFuture<>());
  }

  private GuestSequence<ExecutionEvent> open(
      String context, String code, CompletableFuture<?> callerGone) {
    take(executions, "%d executions of the sandbox are waited for".formatted(MAX_EXECUTIONS));
    try {
      return sequence(client.execute(context, code, callerGone));
    } catch (RuntimeException e) {
      executions.release();
      throw e;
    }
  }

  private GuestSequence<ExecutionEvent> sequence(ExecutionStream stream) {
    AtomicBoolean released = new AtomicBoolean();
    return new GuestSequence<>() {
      @Override
      public Optional<ExecutionEvent> next() {
        return stream.next();
      }

      @Override
      public void close() {
        stream.close();
        if (released.compareAndSet(false, true)) {
          executions.release();
        }
      }
    };
  }

  private static void take(Semaphore free, String use) {
    if (!free.tryAcquire()) {
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED, use + ", more it does not take at a time");
    }
  }
}
