package io.omnirun.rest;

import io.omnirun.core.ports.OutputEvent;
import io.omnirun.core.ports.ProcessControl;
import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.ProcessKind;
import io.omnirun.model.Terminal;
import io.omnirun.model.TerminalOutput;
import io.omnirun.model.TerminalRecord;
import io.omnirun.model.TerminalSize;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Process 1 is a command, process 2 a terminal; both do what the test says. */
final class FakeProcessControl implements ProcessControl {
  static final int COMMAND = 1;
  static final int TERMINAL = 2;

  /** What whoever follows is told. */
  final BlockingQueue<OutputEvent> events = new LinkedBlockingQueue<>();

  /** What reads of the terminal give. */
  final BlockingQueue<TerminalOutput> reads = new LinkedBlockingQueue<>();

  /** Everything that was done, in words. */
  final List<String> done = new CopyOnWriteArrayList<>();

  final List<Terminal> opened = new CopyOnWriteArrayList<>();
  final CompletableFuture<Void> unfollowed = new CompletableFuture<>();

  private static void require(ProcessKind kind, int handle) {
    if (handle != (kind == ProcessKind.COMMAND ? COMMAND : TERMINAL)) {
      throw new OmniRunException(ErrorCode.PROCESS_NOT_FOUND, "no such process");
    }
  }

  @Override
  public ProcessOutput follow(ProcessKind kind, int handle, long newestBytes) {
    require(kind, handle);
    done.add("follow " + newestBytes);
    return new ProcessOutput() {
      @Override
      public OutputEvent next() {
        try {
          OutputEvent next = events.poll(unfollowed.isDone() ? 0 : 60, TimeUnit.SECONDS);
          if (next == null) {
            throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "lost");
          }
          return next;
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }

      @Override
      public void close() {
        unfollowed.complete(null);
      }
    };
  }

  @Override
  public void write(ProcessKind kind, int handle, byte[] input) {
    require(kind, handle);
    done.add(kind + " gets " + new String(input, StandardCharsets.UTF_8));
  }

  @Override
  public void kill(ProcessKind kind, int handle) {
    require(kind, handle);
    done.add(kind + " killed");
  }

  @Override
  public int openTerminal(Terminal terminal) {
    opened.add(terminal);
    return TERMINAL;
  }

  @Override
  public void resize(int handle, TerminalSize size) {
    require(ProcessKind.TERMINAL, handle);
    done.add("resized to " + size.columns() + " x " + size.rows());
  }

  @Override
  public List<TerminalRecord> terminals() {
    return List.of(
        new TerminalRecord(TERMINAL, true, Instant.parse("2026-01-02T03:04:05.678901Z")));
  }

  @Override
  public TerminalOutput readTerminal(int handle, Duration wait, CompletableFuture<?> callerGone) {
    require(ProcessKind.TERMINAL, handle);
    TerminalOutput next = reads.poll();
    return next == null ? new TerminalOutput("", false) : next;
  }
}
