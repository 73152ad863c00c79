package io.omnirun.llm;

import io.omnirun.core.ports.LlmTelemetry.Outcome;
import io.omnirun.http.ClientGoneException;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.llm.provider.ProviderAnswer;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Passes one answer on, as it comes or as a whole. When the caller hangs up the provider's answer
 * is cut at once, and what has come of it is booked. Used by one thread.
 */
final class Passing {
  /** Before the first token a comment goes out that often: proxies in between have their limits. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

  /** An answer that is no stream is held whole: what it has used stands at its end. */
  static final int MAX_WHOLE_BYTES = 16 * 1024 * 1024;

  private static final int PIECE_BYTES = 16 * 1024;

  /** A provider that announces next to nothing is not read byte by byte for that. */
  private static final int LEAST_PIECE_BYTES = 1024;

  private static final int OK = 200;
  private static final int OK_BELOW = 300;

  private final Passage passage;
  private final Call call;

  Passing(Passage passage) {
    this.passage = passage;
    this.call = passage.call();
  }

  /**
   * Answers the caller.
   *
   * @param asking asks providers; blocks until one answers, or the future it is given completes
   * @throws OmniRunException what is to be answered instead
   */
  void run(Function<CompletableFuture<?>, ProviderAnswer> asking) throws IOException {
    try {
      if (passage.conversation().facts().isStreamed()) {
        passage
            .exchange()
            .lateEvents(
                KEEP_ALIVE,
                (events, gone) ->
                    new StreamPassing(passage, gone).run(events, () -> asking.apply(gone)));
      } else {
        tell(passage.exchange().whileClientWaits(gone -> receive(asking.apply(gone))));
      }
    } catch (ClientGoneException e) {
      call.cancelled();
      throw e;
    }
  }

  /**
   * An answer that has come, and is closed.
   *
   * @param whole empty: it is an error
   */
  private record Received(ProviderAnswer answer, byte[] body, Optional<WholeAnswer> whole) {}

  /** What was used is known before anybody looks whether the caller is still there. */
  private Received receive(ProviderAnswer answer) {
    try (answer) {
      call.answeredBy(answer.candidate());
      byte[] body = readWhole(answer, passage.bound());
      if (isError(answer)) {
        call.refused();
        return new Received(answer, body, Optional.empty());
      }
      WholeAnswer whole = passage.conversation().to(answer.candidate()).whole(body);
      call.hasCome(whole.answerBytes());
      whole.usage().ifPresentOrElse(call::used, call::usedAbout);
      return new Received(answer, body, Optional.of(whole));
    } catch (IOException e) {
      throw brokenOff(e);
    }
  }

  /** The body of an answer that is no stream. */
  static byte[] readWhole(ProviderAnswer answer, AnswerBound bound) throws IOException {
    int atOnce =
        Math.clamp(answer.announcedBytes().orElse(PIECE_BYTES), LEAST_PIECE_BYTES, PIECE_BYTES);
    ByteArrayOutputStream body = new ByteArrayOutputStream(atOnce);
    byte[] piece = new byte[atOnce];
    for (int count = 0; count >= 0; count = answer.body().read(piece)) {
      body.write(piece, 0, count);
      bound.requireEnd();
      if (body.size() > MAX_WHOLE_BYTES) {
        throw new IOException("the answer is longer than " + MAX_WHOLE_BYTES + " bytes");
      }
    }
    return body.toByteArray();
  }

  private void tell(Received received) throws IOException {
    ProviderAnswer answer = received.answer();
    AnswerHeaders.pass(answer, passage.exchange());
    if (received.whole().isEmpty()) {
      ProviderErrors.tell(passage.exchange(), passage.conversation(), answer, received.body());
      return;
    }
    WholeAnswer whole = received.whole().get();
    call.book();
    call.firstByte();
    passage.exchange().stream(
        HttpStatuses.OK, Exchange.JSON_TYPE, client -> client.write(whole.body(call::costOf)));
    call.endedAs(Outcome.ANSWERED);
  }

  /** Redirects are none that callers could follow. */
  static boolean isError(ProviderAnswer answer) {
    return answer.status() < OK || answer.status() >= OK_BELOW;
  }

  /** What callers are told of an answer that is none. */
  static OmniRunException brokenOff(IOException cause) {
    return new OmniRunException(
        ErrorCode.LLM_UPSTREAM_FAILED,
        "the model's provider broke off, or answered what is no answer",
        cause);
  }
}
