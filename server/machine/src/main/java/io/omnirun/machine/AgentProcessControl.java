package io.omnirun.machine;

import com.google.protobuf.ByteString;
import io.omnirun.core.ports.ProcessControl;
import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.proto.process.PTY;
import io.omnirun.guest.proto.process.ProcessConfig;
import io.omnirun.guest.proto.process.ProcessInput;
import io.omnirun.guest.proto.process.ProcessSelector;
import io.omnirun.guest.proto.process.SendInputRequest;
import io.omnirun.guest.proto.process.SendSignalRequest;
import io.omnirun.guest.proto.process.Signal;
import io.omnirun.guest.proto.process.StartRequest;
import io.omnirun.guest.proto.process.UpdateRequest;
import io.omnirun.guest.proto.v1.ProcessRecord;
import io.omnirun.guest.proto.v1.ReadTerminalRequest;
import io.omnirun.guest.proto.v1.ReadTerminalResponse;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.ProcessKind;
import io.omnirun.model.Terminal;
import io.omnirun.model.TerminalOutput;
import io.omnirun.model.TerminalRecord;
import io.omnirun.model.TerminalSize;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToIntFunction;

/** The processes of a guest through the client of its agent. Thread-safe. */
final class AgentProcessControl implements ProcessControl {
  /** Well within the minute that clients wait for an answer. */
  static final Duration INPUT_PATIENCE = Duration.ofSeconds(20);

  /** Several screens; a terminal that prints more is read again at once. */
  private static final int TERMINAL_READ_BYTES = 256 * 1024;

  private final AgentClient agent;
  private final Followers followers;
  private final ToIntFunction<StartRequest> starter;

  /**
   * @param starter starts a process and returns its handle
   */
  AgentProcessControl(AgentClient agent, ToIntFunction<StartRequest> starter) {
    this.agent = agent;
    this.followers = new Followers(agent);
    this.starter = starter;
  }

  @Override
  public ProcessOutput follow(ProcessKind kind, int handle, long newestBytes) {
    return followers.follow(kind, handle, newestBytes);
  }

  @Override
  public void write(ProcessKind kind, int handle, byte[] input) {
    ByteString bytes = ByteString.copyFrom(input);
    ProcessInput typed =
        switch (kind) {
          case COMMAND -> ProcessInput.newBuilder().setStdin(bytes).build();
          case TERMINAL -> ProcessInput.newBuilder().setPty(bytes).build();
        };
    SendInputRequest request =
        SendInputRequest.newBuilder().setProcess(selector(handle)).setInput(typed).build();
    changing(kind, handle, () -> agent.sendInput(request, INPUT_PATIENCE));
  }

  @Override
  public void kill(ProcessKind kind, int handle) {
    find(kind, handle);
    try {
      agent.sendSignal(
          SendSignalRequest.newBuilder()
              .setProcess(selector(handle))
              .setSignal(Signal.SIGNAL_SIGKILL)
              .build());
    } catch (OmniRunException e) {
      // It was there a moment ago: so now it has ended, which was wanted.
      if (e.code() != ErrorCode.PROCESS_NOT_FOUND) {
        throw e;
      }
    }
  }

  @Override
  public int openTerminal(Terminal terminal) {
    ProcessConfig.Builder shell =
        ProcessConfig.newBuilder()
            .setCmd(AgentGuest.SHELL)
            .addArgs("-l")
            .putAllEnvs(terminal.envs());
    terminal.cwd().ifPresent(shell::setCwd);
    terminal.command().ifPresent(command -> shell.addArgs("-c").addArgs(command));
    return starter.applyAsInt(
        StartRequest.newBuilder()
            .setProcess(shell)
            .setPty(pty(terminal.size()))
            .setUser(terminal.user())
            .build());
  }

  @Override
  public void resize(int handle, TerminalSize size) {
    UpdateRequest request =
        UpdateRequest.newBuilder().setProcess(selector(handle)).setPty(pty(size)).build();
    changing(ProcessKind.TERMINAL, handle, () -> agent.update(request));
  }

  private static PTY pty(TerminalSize size) {
    return PTY.newBuilder()
        .setSize(PTY.Size.newBuilder().setCols(size.columns()).setRows(size.rows()))
        .build();
  }

  @Override
  public List<TerminalRecord> terminals() {
    return agent.readProcesses(0, 0).getProcessesList().stream()
        .filter(ProcessRecord::getTerminal)
        .map(
            told ->
                new TerminalRecord(
                    told.getHandle(),
                    told.getRunning(),
                    Instant.ofEpochMilli(told.getStartedAtUnixMs())))
        .toList();
  }

  @Override
  public TerminalOutput readTerminal(int handle, Duration wait, CompletableFuture<?> callerGone) {
    ReadTerminalRequest request =
        ReadTerminalRequest.newBuilder()
            .setHandle(handle)
            .setWaitMs(Math.toIntExact(wait.toMillis()))
            .setLimitBytes(TERMINAL_READ_BYTES)
            .build();
    try {
      ReadTerminalResponse told = agent.readTerminal(request, callerGone);
      return new TerminalOutput(told.getOutput().toStringUtf8(), told.getEnded());
    } catch (OmniRunException e) {
      throw e.code() == ErrorCode.PROCESS_NOT_FOUND
          ? Followers.notFound(ProcessKind.TERMINAL, handle, e)
          : e;
    }
  }

  /** Does something to a process, and tells one that has ended from one that never was. */
  private void changing(ProcessKind kind, int handle, Runnable change) {
    try {
      change.run();
    } catch (OmniRunException e) {
      if (e.code() != ErrorCode.PROCESS_NOT_FOUND && e.code() != ErrorCode.PROCESS_ENDED) {
        throw e;
      }
      find(kind, handle);
      throw new OmniRunException(
          ErrorCode.PROCESS_ENDED,
          "process %d has ended, has closed its input, or never had one".formatted(handle),
          e);
    }
  }

  private void find(ProcessKind kind, int handle) {
    boolean wantsTerminal = kind == ProcessKind.TERMINAL;
    try {
      if (agent.readProcesses(handle, 0).getProcessesList().stream()
          .anyMatch(told -> told.getTerminal() == wantsTerminal)) {
        return;
      }
    } catch (OmniRunException e) {
      throw e.code() == ErrorCode.PROCESS_NOT_FOUND ? Followers.notFound(kind, handle, e) : e;
    }
    throw Followers.notFound(kind, handle, null);
  }

  private static ProcessSelector selector(int handle) {
    return ProcessSelector.newBuilder().setHandle(handle).build();
  }
}
