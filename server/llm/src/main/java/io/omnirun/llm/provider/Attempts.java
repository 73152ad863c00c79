package io.omnirun.llm.provider;

import io.omnirun.llm.config.ModelConfig;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks one provider after the other until one begins to answer. That is the only place that tries
 * again, and never once a byte of an answer has come. Thread-safe; calls block.
 */
public final class Attempts {
  private static final Logger log = LoggerFactory.getLogger(Attempts.class);

  private static final int OK_BELOW = 400;

  /** What says more of the provider than of the request: another one may do better. */
  private static final Set<Integer> OF_PROVIDER =
      Set.of(401, 403, 404, 408, 429, 500, 502, 503, 504, 529);

  /** A kept connection may have been closed by the other side just now. */
  private static final int TRIES_OF_LONELY_ROUTE = 2;

  private final Providers providers;
  private final Cooling cooling = new Cooling(System::nanoTime);
  private final Planner planner =
      new Planner(cooling, bound -> ThreadLocalRandom.current().nextInt(bound));

  public Attempts(Providers providers) {
    this.providers = providers;
  }

  /** The ways to a model, in the order in which they are to be tried. */
  public List<Candidate> plan(ModelConfig model, List<ModelConfig> fallbacks) {
    return planner.plan(model, fallbacks);
  }

  /**
   * The first answer that begins well, or the last one that does not. The caller closes it.
   *
   * @param requestOf what a candidate is sent
   * @param clientGone when it completes nothing more is tried
   * @throws OmniRunException LLM_UPSTREAM_FAILED or LLM_UPSTREAM_TIMEOUT if nobody answers, and
   *     what {@code requestOf} throws
   */
  public ProviderAnswer ask(
      List<Candidate> plan,
      Function<Candidate, ProviderRequest> requestOf,
      AccountId account,
      CompletableFuture<?> clientGone) {
    List<Candidate> all =
        plan.size() == 1
            ? java.util.Collections.nCopies(TRIES_OF_LONELY_ROUTE, plan.getFirst())
            : plan;
    IOException failure = null;
    for (int i = 0; i < all.size() && !clientGone.isDone(); i++) {
      Candidate candidate = all.get(i);
      try {
        ProviderAnswer answer =
            providers.send(candidate, requestOf.apply(candidate), account, clientGone);
        boolean isLast = plan.size() == 1 || i == all.size() - 1;
        if (!isOfProvider(answer, candidate) || isLast) {
          return answer;
        }
        answer.close();
      } catch (IOException e) {
        note(candidate, e, clientGone);
        failure = e;
      }
    }
    throw noAnswer(failure);
  }

  private boolean isOfProvider(ProviderAnswer answer, Candidate candidate) {
    if (answer.status() < OK_BELOW) {
      cooling.succeeded(candidate.route());
      return false;
    }
    if (!OF_PROVIDER.contains(answer.status())) {
      return false;
    }
    cooling.failed(candidate.route());
    log.warn(
        "the provider {} answered {} for the model {}",
        candidate.route().provider().name(),
        answer.status(),
        candidate.route().model());
    return true;
  }

  private void note(Candidate candidate, IOException failure, CompletableFuture<?> clientGone) {
    if (!clientGone.isDone()) {
      cooling.failed(candidate.route());
      log.warn("the provider {} did not answer", candidate.route().provider().name(), failure);
    }
  }

  private static OmniRunException noAnswer(@Nullable IOException failure) {
    if (failure == null) {
      return new OmniRunException(ErrorCode.LLM_UPSTREAM_FAILED, "the caller has hung up");
    }
    return failure instanceof HttpTimeoutException
        ? new OmniRunException(
            ErrorCode.LLM_UPSTREAM_TIMEOUT, "the model's provider did not answer in time", failure)
        : new OmniRunException(
            ErrorCode.LLM_UPSTREAM_FAILED, "the model's provider could not be reached", failure);
  }
}
