package io.omnirun.llm.provider;

import io.omnirun.llm.config.ModelConfig;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks one provider after the other until one begins to answer. That is the only place that tries
 * again, and never once a byte of an answer has come. Thread-safe; calls block.
 */
public final class Attempts {
  private static final Logger log = LoggerFactory.getLogger(Attempts.class);

  private static final int OK = 200;
  private static final int OK_BELOW = 300;
  private static final int ERROR = 400;

  /** What says more of the provider than of the request: another one may do better. */
  private static final Set<Integer> OF_PROVIDER =
      Set.of(401, 402, 403, 404, 408, 429, 500, 502, 503, 504, 529);

  /** Of these, what says more of the account whose key was sent. */
  private static final Set<Integer> OF_ACCOUNT = Set.of(401, 402, 403, 429);

  /** A kept connection may have been closed by the other side just now. */
  private static final int TRIES_OF_LONELY_ROUTE = 2;

  private final Providers providers;
  private final Cooling cooling;
  private final Planner planner;

  public Attempts(Providers providers) {
    this(
        providers,
        new Cooling(System::nanoTime),
        bound -> ThreadLocalRandom.current().nextInt(bound));
  }

  /**
   * @param chance of the {@link Planner}
   */
  Attempts(Providers providers, Cooling cooling, IntUnaryOperator chance) {
    this.providers = providers;
    this.cooling = cooling;
    this.planner = new Planner(cooling, chance);
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
   *     what {@code requestOf} throws if it does so for all
   */
  public ProviderAnswer ask(
      List<Candidate> plan,
      Function<Candidate, ProviderRequest> requestOf,
      AccountId account,
      CompletableFuture<?> clientGone) {
    boolean isLonely = plan.size() == 1;
    List<Candidate> all =
        isLonely ? java.util.Collections.nCopies(TRIES_OF_LONELY_ROUTE, plan.getFirst()) : plan;
    IOException failure = null;
    OmniRunException refusal = null;
    for (int i = 0; i < all.size() && !clientGone.isDone(); i++) {
      Candidate candidate = all.get(i);
      try {
        ProviderAnswer answer =
            providers.send(candidate, requestOf.apply(candidate), account, clientGone);
        boolean isLast = isLonely || i == all.size() - 1;
        if (!isOfProvider(answer, candidate) || isLast) {
          return answer;
        }
        answer.close();
        failure = new IOException("the provider answered " + answer.status());
      } catch (IOException e) {
        note(candidate, e, clientGone);
        failure = e;
        if (isLonely && e instanceof LateProviderException) {
          break;
        }
      } catch (OmniRunException e) {
        if (isLonely) {
          throw e;
        }
        refusal = e;
      }
    }
    if (failure == null && refusal != null) {
      throw refusal;
    }
    throw noAnswer(failure);
  }

  private boolean isOfProvider(ProviderAnswer answer, Candidate candidate) {
    int status = answer.status();
    if (status >= OK && status < OK_BELOW) {
      cooling.succeeded(candidate.route());
      return false;
    }
    if (status >= ERROR && !OF_PROVIDER.contains(status)) {
      return false;
    }
    if (!isOfCallersAccount(answer, candidate)) {
      cooling.failed(candidate.route());
    }
    log.warn(
        "the provider {} answered {} for the model {}",
        candidate.route().provider().name(),
        status,
        candidate.route().model());
    return true;
  }

  /** A caller's own key can be wrong, or used up: other callers' are not. */
  private static boolean isOfCallersAccount(ProviderAnswer answer, Candidate candidate) {
    return candidate.route().provider().vaultKey().isPresent()
        && OF_ACCOUNT.contains(answer.status());
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
    return failure instanceof LateProviderException
        ? new OmniRunException(
            ErrorCode.LLM_UPSTREAM_TIMEOUT, "the model's provider did not answer in time", failure)
        : new OmniRunException(
            ErrorCode.LLM_UPSTREAM_FAILED,
            "the model's provider did not answer, or not well",
            failure);
  }
}
