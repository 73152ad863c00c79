package io.omnirun.llm;

import io.omnirun.core.llm.LlmReservation;
import io.omnirun.core.ports.LlmTelemetry;
import io.omnirun.core.ports.LlmTelemetry.Outcome;
import io.omnirun.llm.config.ModelConfig;
import io.omnirun.llm.provider.Candidate;
import io.omnirun.model.LlmBooking;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.LlmUsage;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one call, for the books and the metrics: both are told once, when it is closed.
 * Used by one thread.
 */
final class Call implements AutoCloseable {
  /** Of English some four bytes are a token. */
  private static final int USUAL_BYTES_PER_TOKEN = 4;

  private final LlmCaller caller;
  private final Facts facts;
  private final LlmReservation reservation;
  private final ModelConfig model;
  private final LlmTelemetry telemetry;
  private final Clock clock;
  private final long begunNanos = System.nanoTime();
  private long askedNanos = begunNanos;
  private boolean isAsked;
  private @Nullable Candidate answeredBy;
  private @Nullable Duration toFirstByte;
  private Outcome outcome = Outcome.FAILED;
  private LlmUsage used = LlmUsage.NONE;
  private boolean isEstimate;
  private long answerBytes;

  Call(
      LlmCaller caller,
      Facts facts,
      LlmReservation reservation,
      ModelConfig model,
      LlmTelemetry telemetry,
      Clock clock) {
    this.caller = caller;
    this.facts = facts;
    this.reservation = reservation;
    this.model = model;
    this.telemetry = telemetry;
    this.clock = clock;
  }

  /** A provider is asked now, perhaps after others. */
  void asked() {
    askedNanos = System.nanoTime();
    isAsked = true;
  }

  /** The provider's answer is an error: it has written nothing. */
  void refused() {
    isAsked = false;
  }

  /** A provider has begun to answer. */
  void answeredBy(Candidate candidate) {
    answeredBy = candidate;
  }

  /** The first byte that the caller is sent. */
  void firstByte() {
    if (toFirstByte == null) {
      toFirstByte = since(begunNanos);
    }
  }

  /** Whether the caller has got something of an answer: its prompt was read, then. */
  boolean hasBegun() {
    return toFirstByte != null;
  }

  void endedAs(Outcome newOutcome) {
    outcome = newOutcome;
  }

  /** The provider has said what it used. */
  void used(LlmUsage usage) {
    used = usage;
    isEstimate = false;
  }

  /** So much of an answer has come by now. */
  void hasCome(long bytes) {
    answerBytes = bytes;
  }

  /** The provider has not said what it used: what has come tells, more or less. */
  void usedAbout() {
    used = LlmUsage.of(facts.prompt().estimate(), completionEstimate());
    isEstimate = true;
  }

  private long completionEstimate() {
    if (outcome == Outcome.CANCELLED && answerBytes == 0) {
      return UnseenAnswer.tokens(facts, answeringModel().knownPricing(), since(askedNanos));
    }
    return (answerBytes + USUAL_BYTES_PER_TOKEN - 1) / USUAL_BYTES_PER_TOKEN;
  }

  /**
   * The caller has hung up. A provider that was asked has read the prompt by then, and has begun to
   * write, whether it said so or not.
   */
  void cancelled() {
    outcome = Outcome.CANCELLED;
    if (isAsked && used.totalTokens() == 0) {
      usedAbout();
    }
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  /** What a usage costs where it was used. */
  long costOf(LlmUsage usage) {
    return answeringModel().knownPricing().price().costOf(usage);
  }

  private ModelConfig answeringModel() {
    return answeredBy == null ? model : answeredBy.model();
  }

  /** Books what was used; to be called before a caller learns that its call is over. */
  void book() {
    if (used.totalTokens() > 0) {
      reservation.settle(booking(costOf(used)));
    }
  }

  /** Books what was used, if that is not done, and counts the call. */
  @Override
  public void close() {
    long cost = costOf(used);
    book();
    reservation.close();
    telemetry.ended(
        new LlmTelemetry.Call(
            Optional.of(answeringModel().id()),
            Optional.ofNullable(answeredBy).map(candidate -> candidate.route().provider().name()),
            outcome,
            Optional.ofNullable(toFirstByte),
            since(begunNanos),
            used,
            cost));
  }

  private LlmBooking booking(long cost) {
    return new LlmBooking(
        caller.account().id(),
        caller.token(),
        caller.sandbox(),
        answeringModel().id(),
        clock.instant(),
        used,
        cost,
        isEstimate);
  }
}
