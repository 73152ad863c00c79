package io.omnirun.machine;

import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.ProcessStream;
import io.omnirun.guest.proto.process.ConnectRequest;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.ProcessSelector;
import io.omnirun.guest.proto.process.Replay;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.ProcessKind;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Opens streams of a guest's processes, no more at a time than leave room for other calls. */
final class Followers {
  /**
   * A third of {@code GuestHttp.MAX_CONNECTIONS}: readers that never end must not keep commands
   * from being run.
   */
  private static final int MAX_FOLLOWERS = 64;

  /** The agent says at once that it is there. */
  private static final Duration OPEN_LIMIT = Duration.ofMinutes(1);

  private final AgentClient agent;
  private final Semaphore free = new Semaphore(MAX_FOLLOWERS);

  Followers(AgentClient agent) {
    this.agent = agent;
  }

  /** As {@link io.omnirun.core.ports.ProcessControl#follow}. */
  ProcessOutput follow(ProcessKind kind, int handle, long newestBytes) {
    if (!free.tryAcquire()) {
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED,
          "%d streams of the sandbox's processes are open, more it does not serve; close some"
              .formatted(MAX_FOLLOWERS));
    }
    AtomicBoolean released = new AtomicBoolean();
    Runnable release =
        () -> {
          if (released.compareAndSet(false, true)) {
            free.release();
          }
        };
    try {
      return new AgentProcessOutput(open(kind, handle, newestBytes), newestBytes == 0, release);
    } catch (RuntimeException e) {
      release.run();
      throw e;
    }
  }

  private ProcessStream open(ProcessKind kind, int handle, long newestBytes) {
    ConnectRequest request =
        ConnectRequest.newBuilder()
            .setProcess(ProcessSelector.newBuilder().setHandle(handle))
            .setReplay(Replay.newBuilder().setNewestBytes(newestBytes))
            .setEndAtExit(true)
            .build();
    ProcessStream stream = connect(request, kind, handle);
    boolean asWanted =
        stream
            .next()
            .filter(ProcessEvent::hasStart)
            .filter(event -> event.getStart().getTerminal() == (kind == ProcessKind.TERMINAL))
            .isPresent();
    if (!asWanted) {
      stream.close();
      throw notFound(kind, handle, null);
    }
    return stream;
  }

  private ProcessStream connect(ConnectRequest request, ProcessKind kind, int handle) {
    CompletableFuture<Void> tooLate =
        new CompletableFuture<Void>()
            .completeOnTimeout(null, OPEN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    try {
      return agent.connect(request, tooLate);
    } catch (OmniRunException e) {
      throw e.code() == ErrorCode.PROCESS_NOT_FOUND ? notFound(kind, handle, e) : e;
    } finally {
      // Not completed normally, which would close the stream.
      tooLate.cancel(false);
    }
  }

  static OmniRunException notFound(ProcessKind kind, int handle, @Nullable Throwable cause) {
    String text =
        switch (kind) {
          case COMMAND -> "the sandbox has no process %d; GET …/commands lists them";
          case TERMINAL -> "the sandbox has no terminal %d; GET …/pty lists them";
        };
    String message = text.formatted(handle);
    return cause == null
        ? new OmniRunException(ErrorCode.PROCESS_NOT_FOUND, message)
        : new OmniRunException(ErrorCode.PROCESS_NOT_FOUND, message, cause);
  }
}
