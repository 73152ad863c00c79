package io.omnirun.core;

import io.omnirun.core.ports.FinishedExecution;
import io.omnirun.core.ports.GuestInterpreter;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.model.Account;
import io.omnirun.model.CodeContext;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.ExecutionEvent;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Contexts for code in sandboxes. Thread-safe; calls block for the guest. */
public final class Interpreter {
  private static final Logger log = LoggerFactory.getLogger(Interpreter.class);

  /** Of the templates that come with a server. */
  private static final Set<String> TEMPLATES_WITH_INTERPRETER =
      Set.of("code-interpreter", "playground");

  private final SandboxLookup lookup;
  private final String advice;

  Interpreter(SandboxLookup lookup, Templates templates) {
    this.lookup = lookup;
    List<String> holders =
        templates.all().stream()
            .map(Template::name)
            .filter(TEMPLATES_WITH_INTERPRETER::contains)
            .toList();
    this.advice =
        holders.isEmpty()
            ? "; none of this server's own templates has one"
            : "; these templates have one: " + String.join(", ", holders);
  }

  /** As {@link GuestInterpreter#create}. */
  public CodeContext create(Account account, SandboxId id, String language, Optional<String> cwd) {
    return call(account, id, interpreter -> interpreter.create(language, cwd));
  }

  /** All contexts, the newest last. */
  public List<CodeContext> contexts(Account account, SandboxId id) {
    return call(account, id, GuestInterpreter::contexts);
  }

  /** Ends a context with what it executes. */
  public void delete(Account account, SandboxId id, String context) {
    run(account, id, context, GuestInterpreter::delete);
  }

  /** Gives a context a new beginning; it keeps its id. */
  public CodeContext restart(Account account, SandboxId id, String context) {
    return call(account, id, interpreter -> interpreter.restart(context));
  }

  /** Interrupts what a context executes, if it does. */
  public void interrupt(Account account, SandboxId id, String context) {
    run(account, id, context, GuestInterpreter::interrupt);
  }

  /** As {@link GuestInterpreter#execute}. */
  public FinishedExecution execute(
      Account account, SandboxId id, String context, String code, CompletableFuture<?> callerGone) {
    return call(
        lookup.inGuest(account, id).executing(),
        id,
        interpreter -> interpreter.execute(context, code, callerGone));
  }

  /** As {@link GuestInterpreter#follow}. */
  public GuestSequence<ExecutionEvent> follow(
      Account account, SandboxId id, String context, String code) {
    InGuest inside = lookup.inGuest(account, id).executing();
    return inside.sequence(call(inside, id, interpreter -> interpreter.follow(context, code)));
  }

  private interface ContextAction {
    void perform(GuestInterpreter interpreter, String context);
  }

  private void run(Account account, SandboxId id, String context, ContextAction action) {
    call(
        account,
        id,
        interpreter -> {
          action.perform(interpreter, context);
          return true;
        });
  }

  private <T> T call(Account account, SandboxId id, Function<GuestInterpreter, T> action) {
    return call(lookup.inGuest(account, id), id, action);
  }

  private <T> T call(InGuest inside, SandboxId id, Function<GuestInterpreter, T> action) {
    try {
      return inside.call(guest -> action.apply(guest.interpreter()));
    } catch (OmniRunException e) {
      if (e.code() != ErrorCode.INTERPRETER_UNAVAILABLE) {
        throw e;
      }
      // What most templates answer is nothing that an operator must read of each time.
      log.debug("sandbox {} has no interpreter for its caller", id, e);
      throw new OmniRunException(e.code(), e.getMessage() + advice);
    }
  }
}
