package io.omnirun.guest.interpreter;

import io.omnirun.model.ExecutionEvent;
import io.omnirun.model.OmniRunException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.client.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events of an execution. Used by one thread; another may close it. What the last event holds
 * is accounted for until the next is asked for.
 */
public final class ExecutionStream implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ExecutionStream.class);

  /** The end of the answer follows the last event at once. */
  private static final Duration END_LIMIT = Duration.ofSeconds(5);

  private final Request request;
  private final InputStream source;
  private final MessageLines lines;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean ended;

  ExecutionStream(Request request, InputStream source, MessageMemory memory) {
    this.request = request;
    this.source = source;
    this.lines = new MessageLines(source, memory);
  }

  /**
   * The next event, blocking for it; empty after {@link ExecutionEvent.Ended}.
   *
   * @throws OmniRunException GUEST_UNREACHABLE if the guest is lost before that, or this was closed
   */
  public Optional<ExecutionEvent> next() {
    try {
      Optional<ExecutionEvent> event = Optional.empty();
      while (event.isEmpty() && !ended) {
        event = event(lines.next().orElseThrow(() -> new EOFException("it has not ended")));
        ended = event.filter(ExecutionEvent.Ended.class::isInstance).isPresent();
      }
      return event;
    } catch (IOException e) {
      throw InterpreterFailure.lost(e);
    }
  }

  private static Optional<ExecutionEvent> event(MessageLines.Line line) throws IOException {
    return line.omission().isPresent()
        ? Optional.of(
            new ExecutionEvent.LeftOut(
                ExecutionMessages.mayBeError(line.bytes(), line.length()), line.omission().get()))
        : ExecutionMessages.read(line.bytes(), line.length());
  }

  /** Lets go of the guest, which interrupts what has not ended. Idempotent. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    if (ended) {
      takeEnd();
    }
    try {
      source.close();
    } catch (IOException e) {
      log.debug("a stream of an interpreter was not closed properly", e);
    }
    lines.close();
  }

  /** Read to its end, the connection serves another call. */
  private void takeEnd() {
    CompletableFuture<Void> tooLate =
        new CompletableFuture<Void>()
            .completeOnTimeout(null, END_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    tooLate.thenRun(() -> request.abort(new IOException("the answer does not end")));
    try {
      int next = source.read();
      log.trace("behind the last event of an execution came {}", next);
    } catch (IOException e) {
      log.debug("the answer to an execution did not end", e);
    } finally {
      // Not completed normally, which would abort the request.
      tooLate.cancel(false);
    }
  }
}
