package io.omnirun.core;

import io.omnirun.core.ports.ExposureStore;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureId;
import io.omnirun.model.ExposureStatus;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.Visibility;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Ports of sandboxes on the web, for a while. They survive a pause and the server, and end with
 * their sandbox. Thread-safe; calls block for the database, some for the guest.
 */
public final class Exposures {
  /** Each may be asked for all the time by people who wait: more ports than anybody serves. */
  public static final int MAX_PER_SANDBOX = 20;

  /** While they are pending each is looked at every two seconds. */
  public static final int MAX_PER_ACCOUNT = 200;

  /** Those that are over are kept for a day: who makes and closes them all day fills no disk. */
  public static final int MAX_KEPT_PER_ACCOUNT = 10_000;

  /** A list shows the newest; more are of no use to anybody in one answer. */
  public static final int MAX_LISTED = 1_000;

  /** Of an exposure of a permanent sandbox for which nobody has asked for another time. */
  public static final Duration DEFAULT_LIFETIME = Duration.ofHours(24);

  /** No name on the web is forgotten for longer; who wants it for longer refreshes it. */
  public static final Duration MAX_LIFETIME = Duration.ofDays(7);

  /** So long one can be seen after its end, and its slug is nobody else's. */
  public static final Duration KEPT = Duration.ofHours(24);

  /** How often those that are over are looked for. */
  public static final Duration PRUNING_INTERVAL = Duration.ofMinutes(10);

  /** A transaction of so many does not hold others up. */
  static final int PRUNING_BATCH = 1_000;

  private static final ExposureStore.Limits LIMITS =
      new ExposureStore.Limits(MAX_PER_SANDBOX, MAX_PER_ACCOUNT, MAX_KEPT_PER_ACCOUNT);

  /**
   * An exposure that was just made.
   *
   * @param token what opens a private one, shown this once
   */
  public record NewExposure(Exposure exposure, Optional<String> token) {
    /** Leaves the token out. */
    @Override
    public String toString() {
      return "NewExposure[" + exposure.id() + "]";
    }
  }

  private final ExposureStore store;
  private final SandboxLookup lookup;
  private final ExposureWatch watch;
  private final Runnable changed;
  private final Clock clock;

  /**
   * @param changed is run when something has changed that leads the web to sandboxes; must return
   *     at once
   */
  Exposures(
      ExposureStore store,
      SandboxLookup lookup,
      ExposureWatch watch,
      Runnable changed,
      Clock clock) {
    this.store = store;
    this.lookup = lookup;
    this.watch = watch;
    this.changed = changed;
    this.clock = clock;
  }

  /**
   * Exposes a port of a sandbox that runs; returns at once, whether something listens there or not.
   *
   * @throws OmniRunException SANDBOX_NOT_FOUND, SANDBOX_PAUSED, SANDBOX_NOT_RUNNING,
   *     EXPOSURE_LIMIT, SLUG_TAKEN
   */
  public NewExposure create(Account account, SandboxId id, ExposureRequest request) {
    Sandbox sandbox = lookup.find(account, id);
    // One that runs on another node is not reached from here, so it is not exposed either.
    lookup.guest(account, id);
    Optional<String> token =
        request.visibility() == Visibility.PRIVATE
            ? Optional.of(Secrets.random())
            : Optional.empty();
    Exposure exposure = exposure(sandbox, request, token);
    if (!store.insert(exposure, LIMITS)) {
      throw SandboxLookup.notRunning(lookup.find(account, id));
    }
    changed.run();
    watch.begin(exposure);
    return new NewExposure(exposure, token);
  }

  private Exposure exposure(Sandbox sandbox, ExposureRequest request, Optional<String> token) {
    Instant now = clock.instant();
    return new Exposure(
        ExposureId.random(),
        sandbox.account(),
        sandbox.id(),
        request.port(),
        request.slug().orElseGet(Slugs::random),
        request.visibility(),
        ExposureStatus.PENDING,
        token.map(Secrets::sha256),
        request.openPath().orElse("/"),
        request.preserveHost(),
        now,
        CurrentOrigin.get().actor(),
        ownEnd(sandbox, request.lifetime(), now),
        sandbox.end(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * Not before the end of a sandbox that has one, if nothing else was asked for: that end moves,
   * and takes its exposures with it.
   */
  private static Instant ownEnd(Sandbox sandbox, Optional<Duration> lifetime, Instant now) {
    boolean permanent = sandbox.settings().timeout().isZero();
    Duration wanted = lifetime.orElse(permanent ? DEFAULT_LIFETIME : MAX_LIFETIME);
    return now.plus(wanted.compareTo(MAX_LIFETIME) < 0 ? wanted : MAX_LIFETIME);
  }

  /**
   * The exposures of a sandbox, those that are over too, the newest first.
   *
   * @throws OmniRunException SANDBOX_NOT_FOUND if there is no such sandbox, or it has ended and
   *     nothing of it is remembered
   */
  public List<Exposure> list(Account account, SandboxId sandbox) {
    List<Exposure> all = store.list(account.id(), sandbox, MAX_LISTED);
    if (all.isEmpty()) {
      lookup.find(account, sandbox);
    }
    Instant now = clock.instant();
    return all.stream().map(exposure -> exposure.at(now)).toList();
  }

  /**
   * An exposure; for one that is pending the guest is asked now.
   *
   * @throws OmniRunException SANDBOX_NOT_FOUND, EXPOSURE_NOT_FOUND
   */
  public Exposure find(Account account, SandboxId sandbox, ExposureId id) {
    return watch.lookAt(read(account, sandbox, id));
  }

  private Exposure read(Account account, SandboxId sandbox, ExposureId id) {
    return store
        .find(account.id(), sandbox, id)
        .map(exposure -> exposure.at(clock.instant()))
        .orElseThrow(() -> notFound(account, sandbox));
  }

  /** A sandbox that is missing is the better reason. */
  private OmniRunException notFound(Account account, SandboxId sandbox) {
    lookup.find(account, sandbox);
    return new OmniRunException(
        ErrorCode.EXPOSURE_NOT_FOUND,
        "the sandbox has no such exposure; GET /sandboxes/{id}/exposures lists them");
  }

  /**
   * Gives an exposure another time from now, by the same rules.
   *
   * @param lifetime empty: for as long as may be
   * @throws OmniRunException SANDBOX_NOT_FOUND, EXPOSURE_NOT_FOUND, or EXPOSURE_ENDED if it is over
   */
  public Exposure refresh(
      Account account, SandboxId sandbox, ExposureId id, Optional<Duration> lifetime) {
    lifetime.ifPresent(ExposureRequest::checkLifetime);
    Exposure exposure = read(account, sandbox, id);
    if (!exposure.status().isOpen()) {
      throw ended(exposure);
    }
    Instant now = clock.instant();
    Instant ownEnd = ownEnd(lookup.find(account, sandbox), lifetime, now);
    boolean refreshed = store.refresh(account.id(), id, ownEnd, now);
    changed.run();
    Exposure result = read(account, sandbox, id);
    if (!refreshed) {
      throw ended(result);
    }
    return result;
  }

  private static OmniRunException ended(Exposure exposure) {
    return new OmniRunException(
        ErrorCode.EXPOSURE_ENDED,
        "the exposure is over (%s); make a new one".formatted(exposure.status().text()));
  }

  /**
   * Closes an exposure. One that is over stays as it is.
   *
   * @throws OmniRunException SANDBOX_NOT_FOUND, EXPOSURE_NOT_FOUND
   */
  public void close(Account account, SandboxId sandbox, ExposureId id) {
    read(account, sandbox, id);
    store.revoke(account.id(), id, clock.instant());
    changed.run();
    watch.end(id);
  }

  /** Goes on waiting for what was waited for when the server ended. */
  public void resumeWatching() {
    store.listPending(clock.instant()).forEach(watch::begin);
  }

  /** Forgets those that have been over for long. */
  public void prune() {
    Instant before = clock.instant().minus(KEPT);
    int last;
    do {
      last = store.prune(before, PRUNING_BATCH);
    } while (last == PRUNING_BATCH);
  }
}
