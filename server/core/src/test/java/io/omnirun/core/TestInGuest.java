package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.GuestSequence;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxState;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestInGuest {
  private static final OmniRunException LOST =
      new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "lost");

  private final AtomicReference<SandboxState> state = new AtomicReference<>(SandboxState.PAUSING);
  private final InGuest inGuest =
      new InGuest(() -> new FakeMachine(MachineId.random()), state::get);

  @Test
  void aCallThatAPauseBreaksIsToldSo() {
    assertThat(inGuest.<Integer>call(guest -> 7)).isEqualTo(7);
    assertTold(
        ErrorCode.SANDBOX_PAUSED,
        () ->
            inGuest.run(
                guest -> {
                  throw LOST;
                }));
    state.set(SandboxState.RUNNING);
    assertTold(
        ErrorCode.GUEST_UNREACHABLE,
        () ->
            inGuest.run(
                guest -> {
                  throw LOST;
                }));
  }

  @ParameterizedTest
  @EnumSource(names = {"KILLING", "KILLED"})
  void aCallThatAnEndBreaksIsToldSo(SandboxState ended) {
    state.set(ended);
    assertTold(
        ErrorCode.SANDBOX_NOT_RUNNING,
        () ->
            inGuest.run(
                guest -> {
                  throw LOST;
                }));
  }

  @Test
  void aPortThatIsClosedMayBeThatOfAPausedOne() {
    OmniRunException closed = new OmniRunException(ErrorCode.INTERPRETER_UNAVAILABLE, "closed");
    ThrowingCallable call =
        () ->
            inGuest.run(
                guest -> {
                  throw closed;
                });
    assertTold(ErrorCode.SANDBOX_PAUSED, call);
    state.set(SandboxState.RUNNING);
    assertTold(ErrorCode.INTERPRETER_UNAVAILABLE, call);
  }

  @Test
  void anExecutionThatAPauseBreaksIsNotSaidToGoOn() {
    InGuest executing = inGuest.executing();
    ThrowingCallable call =
        () ->
            executing.run(
                guest -> {
                  throw LOST;
                });
    assertThatThrownBy(call)
        .hasMessageContaining("interrupts the execution")
        .hasMessageContaining("keeps its state")
        .hasMessageNotContaining("processes go on");
    assertTold(
        ErrorCode.SANDBOX_PAUSED,
        () -> executing.sequence(lostSequence(new AtomicBoolean())).next());
  }

  @Test
  void otherFailuresAreLeftAsTheyAre() {
    OmniRunException full = new OmniRunException(ErrorCode.DISK_FULL, "full");
    assertThatThrownBy(
            () ->
                inGuest.run(
                    guest -> {
                      throw full;
                    }))
        .isSameAs(full);
    IOException broken = new IOException("the caller is gone");
    assertThatThrownBy(
            () ->
                inGuest.explaining(
                    () -> {
                      throw broken;
                    }))
        .isSameAs(broken);
  }

  @Test
  void whatWasOpenedIsToldWhenItBreaksLater() throws IOException {
    try (InputStream stream = inGuest.stream(new LostStream())) {
      assertThat(stream.read()).isEqualTo('a');
      assertTold(ErrorCode.SANDBOX_PAUSED, stream::read);
      assertTold(ErrorCode.SANDBOX_PAUSED, () -> stream.read(new byte[9]));
    }
    AtomicBoolean closed = new AtomicBoolean();
    try (GuestSequence<String> sequence = inGuest.sequence(lostSequence(closed))) {
      assertTold(ErrorCode.SANDBOX_PAUSED, sequence::next);
    }
    assertThat(closed).isTrue();
  }

  private static final class LostStream extends InputStream {
    private boolean begun;

    @Override
    public int read() {
      if (begun) {
        throw LOST;
      }
      begun = true;
      return 'a';
    }
  }

  private static GuestSequence<String> lostSequence(AtomicBoolean closed) {
    return new GuestSequence<>() {
      @Override
      public Optional<String> next() {
        throw LOST;
      }

      @Override
      public void close() {
        closed.set(true);
      }
    };
  }

  private static void assertTold(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            OmniRunException.class, told -> assertThat(told.code()).isEqualTo(code));
  }
}
