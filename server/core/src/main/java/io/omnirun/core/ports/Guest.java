package io.omnirun.core.ports;

import io.omnirun.model.Command;
import io.omnirun.model.CommandResult;
import io.omnirun.model.GuestLink;
import io.omnirun.model.GuestUse;
import io.omnirun.model.Identity;
import io.omnirun.model.ProcessRecord;
import java.io.InputStream;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The inside of a machine, through its agent. Calls block; they throw {@link
 * io.omnirun.model.OmniRunException} with GUEST_UNREACHABLE when the agent is not there, and with
 * the code that fits when it refuses. What it answers is bounded and distrusted. Thread-safe.
 */
public interface Guest {
  /** Makes the clone somebody; from then on this object speaks with the identity's token. */
  void applyIdentity(Identity identity);

  /** Gives it another link than it had, or none. */
  void setNetwork(Optional<GuestLink> link);

  /**
   * Does once what the first calls of a sandbox will do, so that they find warm caches and, in an
   * emulated machine, translated code. Leaves nothing that a user could see; the identity that is
   * given later replaces the one used here.
   */
  void warmUp();

  /** Measures what it uses now. */
  GuestUse measure();

  /**
   * Runs a command until its shell has ended.
   *
   * @param callerGone completes when nobody waits for the result any more: then the guest is let go
   *     of and this throws GUEST_UNREACHABLE. The command goes on, at most until its time-out.
   */
  CommandResult run(Command command, CompletableFuture<?> callerGone);

  /** Runs a command for a caller that stays. */
  default CommandResult run(Command command) {
    return run(command, new CompletableFuture<>());
  }

  /**
   * Runs a command that is given something on its standard input, which ends then.
   *
   * @param input what it does not take before it ends is dropped
   * @param callerGone as in {@link #run(Command, CompletableFuture)}
   */
  CommandResult run(Command command, byte[] input, CompletableFuture<?> callerGone);

  /** Starts a command and returns its handle. */
  int start(Command command);

  /** What can be done with processes while they run, and with terminals. */
  ProcessControl control();

  /** All commands, oldest first, with at most so many of the newest bytes of each output. */
  List<ProcessRecord> processes(long outputLimitBytes);

  /** One command. */
  Optional<ProcessRecord> process(int handle, long outputLimitBytes);

  /**
   * Writes a file as a user, making its parent directories. The file is replaced only when all of
   * the content has arrived. The caller closes {@code content}.
   */
  void writeFile(String path, String user, InputStream content);

  /** Opens a regular file as a user. The caller closes it. */
  InputStream readFile(String path, String user);

  /**
   * A byte stream to a TCP port of the guest's 127.0.0.1. The caller closes it, both directions at
   * once.
   *
   * @param port 1 to 65,535
   * @throws io.omnirun.model.OmniRunException PORT_CLOSED if nothing listens there
   */
  SocketChannel dial(int port);

  /** Its interpreter, if it has one; good as long as this is. */
  GuestInterpreter interpreter();

  /** Its files; good as long as this is. */
  GuestFiles files();
}
