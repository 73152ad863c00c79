package io.omnirun.llm;

import io.omnirun.core.ports.LlmTelemetry.Outcome;
import io.omnirun.http.ClientGoneException;
import io.omnirun.http.EventStream;
import io.omnirun.llm.provider.ProviderAnswer;
import io.omnirun.llm.wire.ServerSentEvents;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes a stream on, event by event, with what its reader takes as the only brake. What goes wrong
 * before the first event is answered with its status; later it is told in the stream, which then
 * ends: that is what clients look for. Used by one thread.
 */
final class StreamPassing {
  private static final Logger log = LoggerFactory.getLogger(StreamPassing.class);

  private final Passage passage;
  private final Call call;
  private final CompletableFuture<?> callerGone;

  /**
   * @param callerGone completes when the caller has hung up
   */
  StreamPassing(Passage passage, CompletableFuture<?> callerGone) {
    this.passage = passage;
    this.callerGone = callerGone;
    this.call = passage.call();
  }

  /** Events that are on their way from one side to the other. */
  private static final class Piece extends ByteArrayOutputStream {
    void passTo(EventStream events) throws IOException {
      if (count > 0) {
        events.pass(buf, 0, count);
        reset();
      }
    }
  }

  void run(EventStream events, Supplier<ProviderAnswer> asking) throws IOException {
    try {
      try (ProviderAnswer answer = asking.get()) {
        call.answeredBy(answer.candidate());
        pass(events, answer);
      }
    } catch (ClientGoneException e) {
      throw e;
    } catch (IOException e) {
      fail(events, Passing.brokenOff(e));
    } catch (OmniRunException e) {
      fail(events, e);
    }
  }

  /** A failure is answered where nothing was, and else told as an event. */
  private void fail(EventStream events, OmniRunException failure) throws IOException {
    if (events.callOff()) {
      throw failure;
    }
    log.warn("a stream of a model broke off", failure);
    byte[] event =
        passage
            .dialect()
            .errorEvent(
                failure.code().httpStatus(), failure.code(), String.valueOf(failure.getMessage()));
    events.pass(event, 0, event.length);
  }

  private void pass(EventStream events, ProviderAnswer answer) throws IOException {
    if (Passing.isError(answer)) {
      tellError(events, answer);
    } else if (isWhole(answer)) {
      passage
          .conversation()
          .to(answer.candidate())
          .whole(Passing.readWhole(answer, passage.bound()));
      throw new IOException("the provider answered with no stream");
    } else {
      events.beforeFirst(() -> AnswerHeaders.pass(answer, passage.exchange()));
      passEvents(events, answer);
    }
  }

  private void tellError(EventStream events, ProviderAnswer answer) throws IOException {
    call.refused();
    byte[] body = Passing.readWhole(answer, passage.bound());
    if (!events.callOff()) {
      throw new OmniRunException(
          ErrorCode.LLM_UPSTREAM_FAILED,
          "the model's provider answered with the status " + answer.status());
    }
    AnswerHeaders.pass(answer, passage.exchange());
    ProviderErrors.tell(passage.exchange(), passage.conversation(), answer, body);
  }

  /** Only what says so is: some servers call their streams by no type, or another. */
  private static boolean isWhole(ProviderAnswer answer) {
    return answer.header("content-type").toLowerCase(Locale.ROOT).startsWith("application/json");
  }

  private void passEvents(EventStream events, ProviderAnswer answer) throws IOException {
    EventTranslator translator = passage.conversation().to(answer.candidate()).stream();
    try {
      pump(events, answer, translator);
    } finally {
      if (callerGone.isDone()) {
        call.cancelled();
      }
      settle(translator.tally());
    }
  }

  private void pump(EventStream events, ProviderAnswer answer, EventTranslator translator)
      throws IOException {
    ServerSentEvents incoming = new ServerSentEvents(answer.body());
    StreamTally tally = translator.tally();
    Piece piece = new Piece();
    boolean hasMore = true;
    while (hasMore && !tally.isDone()) {
      hasMore = incoming.read(event -> translator.event(event, piece));
      passage.bound().require(tally.answerBytes());
      if (tally.failure().isPresent() && events.callOff()) {
        throw tally.failure().get().asException();
      }
      if (hasMore && !tally.isDone() && piece.size() > 0) {
        call.firstByte();
        piece.passTo(events);
      }
    }
    answer.enough();
    translator.end(piece);
    settle(tally);
    piece.passTo(events);
    if (tally.failure().isEmpty()) {
      call.endedAs(Outcome.ANSWERED);
    }
  }

  /** Before the end is sent: whoever has read it, and asks what it has cost, is told. */
  private void settle(StreamTally tally) {
    call.hasCome(tally.answerBytes());
    if (tally.usage().isPresent()) {
      call.used(tally.usage().get());
    } else if (tally.answerBytes() > 0 || call.hasBegun()) {
      call.usedAbout();
    }
    call.book();
  }
}
