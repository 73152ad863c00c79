package io.omnirun.core;

import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.core.ports.OutputEvent;
import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxState;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Calls into one sandbox. A call that breaks because the sandbox is paused or ended under it is
 * told so, and so is who reads what a call has opened. Thread-safe; calls block.
 */
final class InGuest {
  /** What may fail in one way of its own. */
  interface Action<T, E extends Exception> {
    T perform() throws E;
  }

  private static final String PROCESSES_GO_ON =
      "the sandbox was paused during this call; its processes go on after"
          + " POST /sandboxes/{id}/resume";

  /** The interpreter interrupts what nobody is connected for any more. */
  private static final String EXECUTION_ENDS =
      "the sandbox was paused during this call, which interrupts the execution; its context keeps"
          + " its state and is there after POST /sandboxes/{id}/resume";

  private static final String ENDED =
      "the sandbox has ended during this call: its time-out has passed, or somebody has ended it";

  private final Supplier<Guest> guest;
  private final Supplier<SandboxState> state;
  private final String explanation;

  /**
   * @param guest the inside of the sandbox, or throws why there is none
   * @param state what its row says; KILLED where there is none any more
   */
  InGuest(Supplier<Guest> guest, Supplier<SandboxState> state) {
    this(guest, state, PROCESSES_GO_ON);
  }

  private InGuest(Supplier<Guest> guest, Supplier<SandboxState> state, String explanation) {
    this.guest = guest;
    this.state = state;
    this.explanation = explanation;
  }

  /** The same for code in a context, which does not outlive the call. */
  InGuest executing() {
    return new InGuest(guest, state, EXECUTION_ENDS);
  }

  /**
   * Does something inside.
   *
   * @throws OmniRunException what the supplier of the guest or the action throws, SANDBOX_PAUSED,
   *     or SANDBOX_NOT_RUNNING
   */
  <T> T call(Function<Guest, T> action) {
    return explaining(() -> action.apply(guest.get()));
  }

  /** The same for what has no result. */
  void run(Consumer<Guest> action) {
    call(
        inside -> {
          action.accept(inside);
          return true;
        });
  }

  /** Does anything that waits for this guest. */
  <T, E extends Exception> T explaining(Action<T, E> action) throws E {
    try {
      return action.perform();
    } catch (OmniRunException e) {
      throw isOfSomebodyGone(e) ? explained(e) : e;
    }
  }

  private OmniRunException explained(OmniRunException lost) {
    return switch (state.get()) {
      case PAUSING, PAUSED, RESUMING ->
          new OmniRunException(ErrorCode.SANDBOX_PAUSED, explanation, lost);
      case KILLING, KILLED -> new OmniRunException(ErrorCode.SANDBOX_NOT_RUNNING, ENDED, lost);
      case CREATING, RUNNING, FAILED -> lost;
    };
  }

  /** A port that is closed may be that of a guest that was lost. */
  private static boolean isOfSomebodyGone(OmniRunException failure) {
    return failure.code() == ErrorCode.GUEST_UNREACHABLE
        || failure.code() == ErrorCode.INTERPRETER_UNAVAILABLE;
  }

  /** What a call has opened, read under the same rule. */
  InputStream stream(InputStream opened) {
    return new PausableStream(opened, this);
  }

  /** What a call has opened, read under the same rule. */
  <T> GuestSequence<T> sequence(GuestSequence<T> opened) {
    return new GuestSequence<>() {
      @Override
      public Optional<T> next() {
        return explaining(opened::next);
      }

      @Override
      public void close() {
        opened.close();
      }
    };
  }

  /** What a call has opened, read under the same rule. */
  ProcessOutput output(ProcessOutput opened) {
    return new ProcessOutput() {
      @Override
      public OutputEvent next() {
        return explaining(opened::next);
      }

      @Override
      public void close() {
        opened.close();
      }
    };
  }
}
