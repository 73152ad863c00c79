package io.omnirun.llm;

import io.omnirun.core.llm.LlmBudgets;
import io.omnirun.core.llm.LlmReservation;
import io.omnirun.core.ports.LlmTelemetry;
import io.omnirun.core.ports.LlmTelemetry.Outcome;
import io.omnirun.http.Exchange;
import io.omnirun.llm.config.ModelConfig;
import io.omnirun.llm.provider.Attempts;
import io.omnirun.llm.provider.Candidate;
import io.omnirun.llm.provider.ModelCatalog;
import io.omnirun.llm.provider.ProviderRequest;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.LlmUsage;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Answers calls of models: finds who serves them, keeps their worst cost from others, passes them
 * on, and books what they have used. What callers ask and are answered is logged nowhere.
 * Thread-safe.
 */
final class Completions {
  /** Pictures come in the body; the server's memory for bodies takes two of this size at once. */
  static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

  private final ModelCatalog models;
  private final LlmBudgets budgets;
  private final Attempts attempts;
  private final LlmTelemetry telemetry;
  private final Clock clock;
  private final Consumer<SandboxId> capSpent;

  /**
   * @param capSpent is told when a sandbox has used up what it may; must return at once
   */
  Completions(
      ModelCatalog models,
      LlmBudgets budgets,
      Attempts attempts,
      LlmTelemetry telemetry,
      Clock clock,
      Consumer<SandboxId> capSpent) {
    this.models = models;
    this.budgets = budgets;
    this.attempts = attempts;
    this.telemetry = telemetry;
    this.clock = clock;
    this.capSpent = capSpent;
  }

  /** Handles a call in a caller's protocol. */
  void handle(Exchange exchange, LlmCaller caller, Dialect dialect) throws IOException {
    exchange.tellErrorsAs(dialect);
    String requestId = RequestId.of(exchange);
    Admitted admitted = admit(exchange, caller, dialect);
    Conversation conversation = admitted.conversation();
    List<Candidate> plan = admitted.plan();
    try (Call call =
        new Call(
            caller,
            conversation.facts(),
            admitted.reservation(),
            admitted.model(),
            telemetry,
            clock)) {
      Function<Candidate, ProviderRequest> request = withId(conversation, requestId);
      AnswerBound bound = new AnswerBound(admitted.worst().tokens());
      new Passing(new Passage(exchange, dialect, conversation, call, bound))
          .run(gone -> attempts.ask(plan, told(call, request), caller.account().id(), gone));
    }
  }

  /** A call that may begin. */
  private record Admitted(
      Conversation conversation,
      ModelConfig model,
      List<Candidate> plan,
      LlmAmounts worst,
      LlmReservation reservation) {}

  private Admitted admit(Exchange exchange, LlmCaller caller, Dialect dialect) throws IOException {
    Optional<String> known = Optional.empty();
    try {
      Conversation conversation = dialect.read(body(exchange), exchange::headers);
      ModelConfig model = models.find(conversation.facts().model(), caller.grant());
      known = Optional.of(model.id());
      List<Candidate> plan = attempts.plan(model, models.fallbacks(model, caller.grant()));
      LlmAmounts worst = WorstCase.of(conversation.facts(), plan);
      return new Admitted(conversation, model, plan, worst, reserve(exchange, caller, worst));
    } catch (OmniRunException e) {
      telemetry.ended(refused(known));
      throw e;
    }
  }

  /** Held until the call is over: another provider may have to be asked. */
  private static byte[] body(Exchange exchange) throws IOException {
    exchange.requireJsonType();
    exchange.holdBody(MAX_BODY_BYTES);
    byte[] body = exchange.rawBody(MAX_BODY_BYTES).readAllBytes();
    exchange.keepOfBody(body.length);
    return body;
  }

  private static LlmTelemetry.Call refused(Optional<String> model) {
    return new LlmTelemetry.Call(
        model,
        Optional.empty(),
        Outcome.REFUSED,
        Optional.empty(),
        Duration.ZERO,
        LlmUsage.NONE,
        0);
  }

  private LlmReservation reserve(Exchange exchange, LlmCaller caller, LlmAmounts worst) {
    try {
      return budgets.reserve(caller, worst);
    } catch (OmniRunException e) {
      if (e.code() == ErrorCode.LLM_CAP_REACHED) {
        exchange.setHeader("x-should-retry", "false");
        tellIfSpent(caller, worst);
      }
      throw e;
    }
  }

  /** A call that never fitted into the sandbox's cap says nothing of what is spent of it. */
  private void tellIfSpent(LlmCaller caller, LlmAmounts worst) {
    boolean everFitted =
        caller.grant().map(LlmGrant::cap).filter(cap -> !cap.fits(worst)).isEmpty();
    if (everFitted) {
      caller.sandbox().ifPresent(capSpent);
    }
  }

  /** A request is made when its provider is asked. */
  private static Function<Candidate, ProviderRequest> told(
      Call call, Function<Candidate, ProviderRequest> request) {
    return candidate -> {
      call.asked();
      return request.apply(candidate);
    };
  }

  private static Function<Candidate, ProviderRequest> withId(
      Conversation conversation, String requestId) {
    return candidate -> {
      ProviderRequest request = conversation.to(candidate).request(candidate);
      Map<String, String> headers = new HashMap<>(request.headers());
      headers.put("X-Client-Request-Id", requestId);
      headers.put("X-Request-Id", requestId);
      return new ProviderRequest(request.path(), request.body(), headers);
    };
  }
}
