package io.omnirun.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A sandbox as the store knows it.
 *
 * @param template the template's own name, never an alias
 * @param size what its machine really has
 * @param machine the machine under it
 * @param metadata the caller's labels
 * @param startedAt when it was asked for
 * @param deadline when it ends by itself; empty: never
 * @param endedAt when it reached a final state
 * @param failureReason why it failed, for people
 * @param settings what its owner has chosen
 */
public record Sandbox(
    SandboxId id,
    AccountId account,
    String template,
    SandboxState state,
    SizeClass size,
    MachineId machine,
    Map<String, String> metadata,
    Instant startedAt,
    Optional<Instant> deadline,
    Optional<Instant> endedAt,
    Optional<String> failureReason,
    SandboxSettings settings) {

  public Sandbox {
    metadata = Map.copyOf(metadata);
  }

  /** A sandbox for which nothing was chosen. */
  public Sandbox(
      SandboxId id,
      AccountId account,
      String template,
      SandboxState state,
      SizeClass size,
      MachineId machine,
      Map<String, String> metadata,
      Instant startedAt,
      Optional<Instant> deadline,
      Optional<Instant> endedAt,
      Optional<String> failureReason) {
    this(
        id,
        account,
        template,
        state,
        size,
        machine,
        metadata,
        startedAt,
        deadline,
        endedAt,
        failureReason,
        SandboxSettings.NONE);
  }

  /** The same sandbox in another state. */
  public Sandbox withState(SandboxState newState) {
    return new Sandbox(
        id,
        account,
        template,
        newState,
        size,
        machine,
        metadata,
        startedAt,
        deadline,
        endedAt,
        failureReason,
        settings);
  }

  /** The same sandbox on another machine. */
  public Sandbox withMachine(MachineId newMachine) {
    return new Sandbox(
        id,
        account,
        template,
        state,
        size,
        newMachine,
        metadata,
        startedAt,
        deadline,
        endedAt,
        failureReason,
        settings);
  }

  /** The same sandbox with another deadline. */
  public Sandbox withDeadline(Optional<Instant> newDeadline) {
    return new Sandbox(
        id,
        account,
        template,
        state,
        size,
        machine,
        metadata,
        startedAt,
        newDeadline,
        endedAt,
        failureReason,
        settings);
  }
}
