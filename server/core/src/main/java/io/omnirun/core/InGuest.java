package io.omnirun.core;

import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.core.ports.OutputEvent;
import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Calls into one sandbox. A call that breaks because the sandbox is paused under it is told so, and
 * so is who reads what a call has opened. Thread-safe; calls block.
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

  private final Supplier<Guest> guest;
  private final BooleanSupplier pausing;
  private final String explanation;

  /**
   * @param guest the inside of the sandbox, or throws why there is none
   * @param pausing whether it is paused or nearly so
   */
  InGuest(Supplier<Guest> guest, BooleanSupplier pausing) {
    this(guest, pausing, PROCESSES_GO_ON);
  }

  private InGuest(Supplier<Guest> guest, BooleanSupplier pausing, String explanation) {
    this.guest = guest;
    this.pausing = pausing;
    this.explanation = explanation;
  }

  /** The same for code in a context, which does not outlive the call. */
  InGuest executing() {
    return new InGuest(guest, pausing, EXECUTION_ENDS);
  }

  /**
   * Does something inside.
   *
   * @throws OmniRunException what the supplier of the guest or the action throws, or SANDBOX_PAUSED
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
      if (isOfSomebodyGone(e) && pausing.getAsBoolean()) {
        throw new OmniRunException(ErrorCode.SANDBOX_PAUSED, explanation, e);
      }
      throw e;
    }
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
