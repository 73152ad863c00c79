package io.omnirun.rest;

import io.omnirun.core.ports.FinishedExecution;
import io.omnirun.core.ports.GuestInterpreter;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.model.CodeContext;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.ExecutionEvent;
import io.omnirun.model.ExecutionResult;
import io.omnirun.model.OmniRunException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An interpreter with one context, {@link #CONTEXT}, which does what the test says. */
final class FakeInterpreter implements GuestInterpreter {
  static final String CONTEXT = "11111111-2222-4333-8444-555555555555";

  /** Code that goes on until its caller has gone. */
  static final String ENDLESS = "endless";

  /** What whoever follows is told. */
  final BlockingQueue<ExecutionEvent> events = new LinkedBlockingQueue<>();

  /** Everything that was done, in words. */
  final List<String> done = new CopyOnWriteArrayList<>();

  final CompletableFuture<Void> unfollowed = new CompletableFuture<>();
  final CompletableFuture<Void> released = new CompletableFuture<>();

  /** Completes when endless code was begun, with the end of its caller. */
  final CompletableFuture<CompletableFuture<?>> endless = new CompletableFuture<>();

  /** Breaks endless code off. */
  final CompletableFuture<Void> lost = new CompletableFuture<>();

  /** With what it refuses everything, if it does. */
  volatile Optional<ErrorCode> refusal = Optional.empty();

  volatile ExecutionResult result =
      new ExecutionResult(List.of(), "", "", Optional.empty(), 1, false);

  private void perform(String what) {
    refusal.ifPresent(
        code -> {
          throw new OmniRunException(code, "as told");
        });
    done.add(what);
  }

  private void perform(String what, String context) {
    if (!context.matches("[A-Za-z0-9_-]{1,64}")) {
      throw new IllegalArgumentException("an id that no path of a guest may hold: " + context);
    }
    if (!context.equals(CONTEXT)) {
      throw new OmniRunException(ErrorCode.CONTEXT_NOT_FOUND, "Context " + context + " not found");
    }
    perform(what);
  }

  private static CodeContext context(String language, String cwd) {
    return new CodeContext(CONTEXT, language, cwd, Instant.parse("2026-01-02T03:04:05.678901Z"));
  }

  @Override
  public CodeContext create(String language, Optional<String> cwd) {
    perform("create " + language + cwd.map(directory -> " in " + directory).orElse(""));
    return context(language, cwd.orElse("/home/user"));
  }

  @Override
  public List<CodeContext> contexts() {
    perform("list");
    return List.of(context("python", "/home/user"));
  }

  @Override
  public void delete(String context) {
    perform("delete", context);
  }

  @Override
  public CodeContext restart(String context) {
    perform("restart", context);
    return context("python", "/home/user");
  }

  @Override
  public void interrupt(String context) {
    perform("interrupt", context);
  }

  @Override
  public FinishedExecution execute(String context, String code, CompletableFuture<?> callerGone) {
    perform("execute " + code, context);
    if (code.equals(ENDLESS)) {
      endless.complete(callerGone);
      CompletableFuture.anyOf(callerGone, lost).join();
      if (lost.isDone()) {
        throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "lost");
      }
    }
    return new FinishedExecution(result, () -> released.complete(null));
  }

  @Override
  public GuestSequence<ExecutionEvent> follow(String context, String code) {
    perform("follow " + code, context);
    return new GuestSequence<>() {
      private boolean over;

      @Override
      public Optional<ExecutionEvent> next() {
        if (over) {
          return Optional.empty();
        }
        try {
          ExecutionEvent next = events.poll(unfollowed.isDone() ? 0 : 60, TimeUnit.SECONDS);
          if (next == null) {
            throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "lost");
          }
          over = next instanceof ExecutionEvent.Ended;
          return Optional.of(next);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }

      @Override
      public void close() {
        unfollowed.complete(null);
      }
    };
  }
}
