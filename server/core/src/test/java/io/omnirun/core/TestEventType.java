package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.EventType;
import io.omnirun.model.SandboxState;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What pauses mean to those outside. */
class TestEventType {
  @Test
  void aPauseAndAResumeAreToldWhenTheyAreOver() {
    assertThat(of(SandboxState.RUNNING, SandboxState.PAUSING)).isEmpty();
    assertThat(of(SandboxState.PAUSING, SandboxState.PAUSED)).contains(EventType.SANDBOX_PAUSED);
    assertThat(of(SandboxState.PAUSED, SandboxState.RESUMING)).isEmpty();
    assertThat(of(SandboxState.RESUMING, SandboxState.RUNNING)).contains(EventType.SANDBOX_RESUMED);
  }

  @Test
  void oneThatWasTakenBackIsNotTold() {
    assertThat(of(SandboxState.PAUSING, SandboxState.RUNNING)).isEmpty();
    assertThat(of(SandboxState.RESUMING, SandboxState.PAUSED)).isEmpty();
  }

  @Test
  void aStartIsTold() {
    assertThat(of(SandboxState.CREATING, SandboxState.RUNNING)).contains(EventType.SANDBOX_CREATED);
  }

  private static Optional<EventType> of(SandboxState from, SandboxState to) {
    return EventType.of(from, to, Optional.empty());
  }
}
