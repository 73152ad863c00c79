package io.omnirun.model;

import java.time.Duration;
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
 * @param endReason why it ends or ended; empty while nobody ends it
 * @param machineKind what its machine runs on; empty: that was not kept yet when it was made
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
    SandboxSettings settings,
    Optional<EndReason> endReason,
    Optional<MachineKind> machineKind) {

  public Sandbox {
    metadata = Map.copyOf(metadata);
  }

  /**
   * A sandbox for which nothing was chosen, that nobody ends, and whose machine's kind is unknown.
   */
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
        SandboxSettings.NONE,
        Optional.empty(),
        Optional.empty());
  }

  /** When it is ended as it stands now: one that is paused, or will be instead, is not. */
  public Optional<Instant> end() {
    return settings.autoPause() || state.isPausedOrNearly() ? Optional.empty() : deadline;
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
        settings,
        endReason,
        machineKind);
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
        settings,
        endReason,
        machineKind);
  }

  /** The same sandbox with another deadline. */
  public Sandbox withDeadline(Optional<Instant> newDeadline) {
    return withTimeout(settings.timeout(), newDeadline);
  }

  /** The same sandbox with another life. */
  public Sandbox withTimeout(Duration timeout, Optional<Instant> newDeadline) {
    return with(settings.withTimeout(timeout), newDeadline);
  }

  /** The same sandbox under another network policy. */
  public Sandbox withNetwork(NetworkPolicy network) {
    return with(settings.withNetwork(network), deadline);
  }

  private Sandbox with(SandboxSettings newSettings, Optional<Instant> newDeadline) {
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
        newSettings,
        endReason,
        machineKind);
  }

  /** The same sandbox, with why it ends. */
  public Sandbox withEndReason(EndReason reason) {
    return new Sandbox(
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
        settings,
        Optional.of(reason),
        machineKind);
  }

  /**
   * The same sandbox at its end. What it has of end, reason and text already stays: a failed one
   * that is put out of sight has ended when and why it failed.
   */
  public Sandbox ended(SandboxState end, Instant at, EndReason reason, Optional<String> failure) {
    return new Sandbox(
        id,
        account,
        template,
        end,
        size,
        machine,
        metadata,
        startedAt,
        deadline,
        endedAt.or(() -> Optional.of(at)),
        failure.or(() -> failureReason),
        settings,
        endReason.or(() -> Optional.of(reason)),
        machineKind);
  }
}
