package io.omnirun.core;

import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.Account;
import io.omnirun.model.Command;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.ProcessKind;
import io.omnirun.model.ProcessRecord;
import io.omnirun.model.SandboxId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Commands in sandboxes. Thread-safe; calls block for the guest. */
public final class Commands {
  /** The newest of each output that a list shows of a process: a list of 1,000 stays readable. */
  public static final long LISTED_OUTPUT_BYTES = 64 * 1024;

  /** As much as the agent keeps of each output. */
  public static final long KEPT_OUTPUT_BYTES = 16 * 1024 * 1024;

  private final SandboxLookup lookup;
  private final Telemetry telemetry;

  Commands(SandboxLookup lookup, Telemetry telemetry) {
    this.lookup = lookup;
    this.telemetry = telemetry;
  }

  /**
   * Runs a command until its shell has ended or its time-out has passed; its children may live on.
   *
   * @param callerGone completes when nobody waits for the result any more: this ends then, with
   *     GUEST_UNREACHABLE, and the command goes on without it
   */
  public CommandResult run(
      Account account, SandboxId id, Command command, CompletableFuture<?> callerGone) {
    long begun = System.nanoTime();
    try {
      return lookup.inGuest(account, id).call(guest -> guest.run(command, callerGone));
    } finally {
      telemetry.commandEnded(Duration.ofNanos(System.nanoTime() - begun));
    }
  }

  /** Starts a command and returns its handle. */
  public int start(Account account, SandboxId id, Command command) {
    return lookup.inGuest(account, id).call(guest -> guest.start(command));
  }

  /**
   * All processes that were started in the sandbox, oldest first, with the newest of their output.
   */
  public List<ProcessRecord> list(Account account, SandboxId id) {
    return lookup.inGuest(account, id).call(guest -> guest.processes(LISTED_OUTPUT_BYTES));
  }

  /**
   * One process with all of its output that is kept.
   *
   * @throws OmniRunException PROCESS_NOT_FOUND
   */
  public ProcessRecord get(Account account, SandboxId id, int handle) {
    return lookup
        .inGuest(account, id)
        .call(guest -> guest.process(handle, KEPT_OUTPUT_BYTES))
        .orElseThrow(
            () ->
                new OmniRunException(
                    ErrorCode.PROCESS_NOT_FOUND,
                    "the sandbox has no process " + handle + "; GET …/commands lists them"));
  }

  /** Follows a command from its first kept byte to its end. The caller closes it. */
  public ProcessOutput follow(Account account, SandboxId id, int handle) {
    InGuest inGuest = lookup.inGuest(account, id);
    return inGuest.output(
        inGuest.call(guest -> guest.control().follow(ProcessKind.COMMAND, handle, 0)));
  }

  /** Writes to a command's standard input; returns when it has taken all. */
  public void write(Account account, SandboxId id, int handle, byte[] input) {
    lookup
        .inGuest(account, id)
        .run(guest -> guest.control().write(ProcessKind.COMMAND, handle, input));
  }

  /** Kills a command with its process group, or what an ended one has left of it. */
  public void kill(Account account, SandboxId id, int handle) {
    lookup.inGuest(account, id).run(guest -> guest.control().kill(ProcessKind.COMMAND, handle));
  }
}
