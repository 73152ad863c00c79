package io.omnirun.core.ports;

import io.omnirun.model.ProcessKind;
import io.omnirun.model.Terminal;
import io.omnirun.model.TerminalOutput;
import io.omnirun.model.TerminalRecord;
import io.omnirun.model.TerminalSize;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What can be done with the processes of a guest while they run, and with its terminals. As {@link
 * Guest}; a process of the other kind is as good as none: PROCESS_NOT_FOUND. Thread-safe.
 */
public interface ProcessControl {
  /**
   * Follows a process, also one that has ended: first what is kept of its output, then what it
   * prints. A follower that reads slowly does not hold the process up for more than seconds; it
   * loses the oldest output then. The caller closes it.
   *
   * @param newestBytes at most so many of what is kept of each channel; 0: all
   * @throws io.omnirun.model.OmniRunException CAPACITY_EXHAUSTED if the guest has as many followers
   *     as it may
   */
  ProcessOutput follow(ProcessKind kind, int handle, long newestBytes);

  /**
   * Writes to a process's standard input or terminal; returns when it has taken all.
   *
   * @throws io.omnirun.model.OmniRunException PROCESS_ENDED if it has ended or closed its input,
   *     INPUT_NOT_TAKEN if it does not read in time: it may have got a part then
   */
  void write(ProcessKind kind, int handle, byte[] input);

  /** Kills a process with its process group; nothing if it has ended with all that it left. */
  void kill(ProcessKind kind, int handle);

  /** Opens a terminal with a login shell in it and returns its handle. */
  int openTerminal(Terminal terminal);

  /**
   * Changes the size of a terminal.
   *
   * @throws io.omnirun.model.OmniRunException PROCESS_ENDED
   */
  void resize(int handle, TerminalSize size);

  /** All terminals, oldest first. */
  List<TerminalRecord> terminals();

  /**
   * What a terminal has shown since the previous call for it, or the next that it shows. All
   * callers share one place, which the guest keeps.
   *
   * @param wait for output, at most
   * @param callerGone when it completes this gives up, and has taken nothing
   */
  TerminalOutput readTerminal(int handle, Duration wait, CompletableFuture<?> callerGone);
}
