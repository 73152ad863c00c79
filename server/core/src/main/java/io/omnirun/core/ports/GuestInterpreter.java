package io.omnirun.core.ports;

import io.omnirun.model.CodeContext;
import io.omnirun.model.ExecutionEvent;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The interpreter of a guest, which keeps contexts for code. Calls block; besides what {@link
 * Guest} says they throw INTERPRETER_UNAVAILABLE if the guest has none, CONTEXT_NOT_FOUND, and
 * CAPACITY_EXHAUSTED if it has as many calls as it may. Thread-safe.
 */
public interface GuestInterpreter {
  /**
   * Makes a context.
   *
   * @param cwd where its code begins; empty: where the interpreter does
   * @throws io.omnirun.model.OmniRunException LANGUAGE_UNAVAILABLE, CWD_NOT_FOUND,
   *     TOO_MANY_CONTEXTS
   */
  CodeContext create(String language, Optional<String> cwd);

  /** All contexts, the newest last. */
  List<CodeContext> contexts();

  /** Ends a context with what it executes. */
  void delete(String context);

  /** Gives a context a new beginning, without what its code has left; it keeps its id. */
  CodeContext restart(String context);

  /** Interrupts what a context executes, if it does; its state stays. */
  void interrupt(String context);

  /**
   * Executes code, behind what its context is executing, and waits for the end. The caller closes
   * what this returns when it needs it no more.
   *
   * @param callerGone completes when nobody waits for the result any more: the code is interrupted
   *     then, and this throws GUEST_UNREACHABLE
   */
  FinishedExecution execute(String context, String code, CompletableFuture<?> callerGone);

  /**
   * Executes code, behind what its context is executing. The last event is {@link
   * ExecutionEvent.Ended}. The caller closes it; if that is before the end, the code is
   * interrupted.
   */
  GuestSequence<ExecutionEvent> follow(String context, String code);
}
