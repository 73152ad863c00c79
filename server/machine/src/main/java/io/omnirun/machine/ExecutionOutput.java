package io.omnirun.machine;

import com.google.protobuf.ByteString;
import io.omnirun.core.ports.FinishedExecution;
import io.omnirun.guest.interpreter.MessageMemory;
import io.omnirun.model.ExecutionEvent;
import io.omnirun.model.ExecutionEvent.Begun;
import io.omnirun.model.ExecutionEvent.Channel;
import io.omnirun.model.ExecutionEvent.Ended;
import io.omnirun.model.ExecutionEvent.Failed;
import io.omnirun.model.ExecutionEvent.LeftOut;
import io.omnirun.model.ExecutionEvent.Printed;
import io.omnirun.model.ExecutionEvent.Shown;
import io.omnirun.model.ExecutionResult;
import io.omnirun.model.RichResult;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Collects what an execution tells until it has ended. Used by one thread, which closes it. */
final class ExecutionOutput implements AutoCloseable {
  /** As much as of a command. */
  static final int KEPT_BYTES = 16 * 1024 * 1024;

  /** What a screen of pictures has, several times over. */
  static final int MAX_RESULTS = 256;

  /** Two of the largest messages, or hundreds of plots. */
  static final long MAX_RESULT_CHARACTERS = 16L * 1024 * 1024;

  /** A character has a byte or two, and becomes as many of the answer. */
  private static final int COST = 2;

  private final MessageMemory memory;
  private final TailBuffer stdout;
  private final TailBuffer stderr;
  private final Deque<RichResult> results = new ArrayDeque<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private long characters;
  private Optional<String> error = Optional.empty();
  private int executionCount;
  private boolean truncated;

  ExecutionOutput(GuestResources resources) {
    this.memory = resources.messages();
    this.stdout = resources.outputs().open(KEPT_BYTES);
    this.stderr = resources.outputs().open(KEPT_BYTES);
  }

  void accept(ExecutionEvent event) {
    switch (event) {
      case Begun begun -> executionCount = begun.executionCount();
      case Printed printed -> print(printed.channel(), printed.text());
      case Shown shown -> keep(shown.result());
      case Failed failed -> error = Optional.of(failed.text());
      case LeftOut leftOut -> leaveOut(leftOut);
      case Ended _ -> {}
    }
  }

  private void print(Channel channel, String text) {
    TailBuffer output =
        switch (channel) {
          case STDOUT -> stdout;
          case STDERR -> stderr;
        };
    output.append(ByteString.copyFromUtf8(text));
  }

  /** Keeps a result, and the newest of the others. */
  private void keep(RichResult result) {
    long size = result.characters();
    while (!results.isEmpty()
        && (results.size() == MAX_RESULTS || characters + size > MAX_RESULT_CHARACTERS)) {
      drop(results.removeFirst());
      truncated = true;
    }
    if (!memory.tryTake(size * COST)) {
      leaveOut(new LeftOut(false, "the server has no memory for it now"));
      return;
    }
    characters += size;
    results.addLast(result);
  }

  private void drop(RichResult result) {
    characters -= result.characters();
    memory.giveBack(result.characters() * COST);
  }

  /** Code that may have failed must not look as if it had not. */
  private void leaveOut(LeftOut leftOut) {
    truncated = true;
    print(Channel.STDERR, leftOut.text() + "\n");
    if (leftOut.mayBeError() && error.isEmpty()) {
      error = Optional.of(leftOut.text());
    }
  }

  /** What it has come to; asked once. Whoever gets it closes it in place of this. */
  FinishedExecution finished() {
    TailBuffer.Tail printed = stdout.take();
    TailBuffer.Tail complained = stderr.take();
    ExecutionResult result =
        new ExecutionResult(
            List.copyOf(results),
            TailText.of(printed.bytes(), printed.truncated()),
            TailText.of(complained.bytes(), complained.truncated()),
            error,
            executionCount,
            truncated || printed.truncated() || complained.truncated());
    return new FinishedExecution(result, this::close);
  }

  /** Gives the memory back. Idempotent. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      stdout.close();
      stderr.close();
      results.forEach(this::drop);
    }
  }
}
