package io.omnirun.core;

import io.omnirun.core.ports.ProcessControl;
import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.model.Account;
import io.omnirun.model.ProcessKind;
import io.omnirun.model.SandboxId;
import io.omnirun.model.Terminal;
import io.omnirun.model.TerminalOutput;
import io.omnirun.model.TerminalRecord;
import io.omnirun.model.TerminalSize;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Terminals in sandboxes. Thread-safe; calls block for the guest. */
public final class Terminals {
  /** About the last screenful, also of a large screen full of colours. */
  public static final long REPLAYED_BYTES = 64 * 1024;

  private final SandboxLookup lookup;

  Terminals(SandboxLookup lookup) {
    this.lookup = lookup;
  }

  /** Opens a terminal with a login shell and returns its handle. */
  public int open(Account account, SandboxId id, Terminal terminal) {
    return lookup.inGuest(account, id).call(guest -> guest.control().openTerminal(terminal));
  }

  /** All terminals that were opened in the sandbox, oldest first. */
  public List<TerminalRecord> list(Account account, SandboxId id) {
    return lookup.inGuest(account, id).call(guest -> guest.control().terminals());
  }

  /** Types into a terminal; returns when it has taken all. */
  public void write(Account account, SandboxId id, int handle, byte[] input) {
    lookup
        .inGuest(account, id)
        .run(guest -> guest.control().write(ProcessKind.TERMINAL, handle, input));
  }

  /** Changes the size of a terminal, of which the programs in it are told. */
  public void resize(Account account, SandboxId id, int handle, TerminalSize size) {
    lookup.inGuest(account, id).run(guest -> guest.control().resize(handle, size));
  }

  /** As {@link ProcessControl#readTerminal}. */
  public TerminalOutput read(
      Account account, SandboxId id, int handle, Duration wait, CompletableFuture<?> callerGone) {
    return lookup
        .inGuest(account, id)
        .call(guest -> guest.control().readTerminal(handle, wait, callerGone));
  }

  /** Follows a terminal from its last screenful on. The caller closes it. */
  public ProcessOutput follow(Account account, SandboxId id, int handle) {
    InGuest inGuest = lookup.inGuest(account, id);
    return inGuest.output(
        inGuest.call(
            guest -> guest.control().follow(ProcessKind.TERMINAL, handle, REPLAYED_BYTES)));
  }

  /** Kills a terminal's shell with its process group. */
  public void close(Account account, SandboxId id, int handle) {
    lookup.inGuest(account, id).run(guest -> guest.control().kill(ProcessKind.TERMINAL, handle));
  }
}
