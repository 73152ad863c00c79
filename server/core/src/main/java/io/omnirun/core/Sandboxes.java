package io.omnirun.core;

import io.omnirun.core.MachinePool.Reservation;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.GoldenSnapshots;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestEnvironment;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import io.omnirun.model.SizeClass;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The life of sandboxes: create, look at, kill. Thread-safe; calls block. */
public final class Sandboxes {
  /** A sandbox that others pause and resume may change its state between a look and a change. */
  private static final int MAX_ATTEMPTS = 10;

  private final Templates templates;
  private final GoldenSnapshots goldens;
  private final MachinePool pool;
  private final SandboxStarter starter;
  private final SandboxStore store;
  private final MachineSlots slots;
  private final SandboxLinks links;
  private final SandboxLookup lookup;
  private final SandboxDeadlines deadlines;
  private final SandboxKills kills;
  private final Flights flights;
  private final CreatedEnvironments environments;
  private final Retries retries;
  private final Clock clock;
  private final Telemetry telemetry;

  Sandboxes(
      Templates templates,
      GoldenSnapshots goldens,
      MachinePool pool,
      SandboxStarter starter,
      SandboxStore store,
      MachineSlots slots,
      SandboxLinks links,
      SandboxLookup lookup,
      SandboxDeadlines deadlines,
      SandboxKills kills,
      Flights flights,
      CreatedEnvironments environments,
      Retries retries,
      Clock clock,
      Telemetry telemetry) {
    this.templates = templates;
    this.goldens = goldens;
    this.pool = pool;
    this.starter = starter;
    this.store = store;
    this.slots = slots;
    this.links = links;
    this.lookup = lookup;
    this.deadlines = deadlines;
    this.kills = kills;
    this.flights = flights;
    this.environments = environments;
    this.retries = retries;
    this.clock = clock;
    this.telemetry = telemetry;
  }

  /**
   * Makes a sandbox and returns when it runs: a clone from the pool or restored now, given its
   * identity. A refusal has no side effect.
   */
  public Sandbox create(Account account, CreateRequest request) {
    Template template = templates.find(request.template());
    long begun = System.nanoTime();
    try {
      Sandbox created = create(account, request, template);
      telemetry.sandboxCreated(template.name(), Duration.ofNanos(System.nanoTime() - begun));
      return created;
    } catch (OmniRunException e) {
      telemetry.createFailed(template.name(), e.code());
      throw e;
    }
  }

  private Sandbox create(Account account, CreateRequest request, Template template) {
    SizeClass size = template.sizeFor(request.vcpus(), request.memoryMib(), request.diskMib());
    links.require(request.network());
    GoldenSnapshot golden = goldens.ready(template, size);
    slots.take();
    try {
      return createInSlot(account, request, template, golden);
    } catch (RuntimeException e) {
      slots.release();
      throw e;
    }
  }

  private Sandbox createInSlot(
      Account account, CreateRequest request, Template template, GoldenSnapshot golden) {
    Sandbox planned = plan(account, request, template, golden);
    Optional<Reservation> pooled = pool.reserve(golden);
    Sandbox sandbox =
        pooled
            .map(Reservation::machine)
            .map(machine -> planned.withMachine(machine.id()))
            .orElse(planned);
    admit(sandbox, pooled);
    try {
      GuestEnvironment environment = environment(sandbox, template, request, pooled);
      return pooled.isPresent()
          ? starter.startPooled(sandbox, pooled.get().machine(), golden, environment)
          : starter.startFresh(sandbox, golden, environment);
    } catch (RuntimeException e) {
      fail(sandbox, e);
      throw e;
    } finally {
      pooled.ifPresent(Reservation::commit);
    }
  }

  /** A refusal leaves the pool as it was. */
  private void admit(Sandbox sandbox, Optional<Reservation> pooled) {
    try {
      store.insertCreating(sandbox);
    } catch (RuntimeException e) {
      if (isRefusal(e)) {
        pooled.ifPresent(Reservation::giveBack);
      } else {
        pooled.ifPresent(this::putAside);
        fail(sandbox, e);
      }
      throw e;
    }
    pooled.ifPresent(Reservation::use);
  }

  /** A row may name the clone though its insertion failed: the next start would end it then. */
  private void putAside(Reservation pooled) {
    pooled.commit();
    starter.discard(pooled.machine());
  }

  /** Whether the store has said no, instead of having failed in some unknown state. */
  private static boolean isRefusal(RuntimeException failure) {
    return failure instanceof OmniRunException known && known.code() != ErrorCode.INTERNAL;
  }

  private Sandbox plan(
      Account account, CreateRequest request, Template template, GoldenSnapshot golden) {
    Instant now = clock.instant();
    Duration timeout = request.timeout().orElse(template.defaultTimeout());
    return new Sandbox(
        SandboxId.random(),
        account.id(),
        template.name(),
        SandboxState.CREATING,
        golden.size(),
        MachineId.random(),
        request.metadata(),
        now,
        deadline(now, timeout),
        Optional.empty(),
        Optional.empty(),
        request.settings(timeout),
        Optional.empty(),
        Optional.of(starter.machineKind()));
  }

  /** A life of zero has no end. */
  private static Optional<Instant> deadline(Instant from, Duration life) {
    return life.isZero() ? Optional.empty() : Optional.of(from.plus(life));
  }

  /** Asked for when the sandbox is admitted: a create that a limit refuses opens no vault. */
  private GuestEnvironment environment(
      Sandbox sandbox, Template template, CreateRequest request, Optional<Reservation> pooled) {
    try {
      return environments.of(sandbox, template, request.envs());
    } catch (RuntimeException e) {
      pooled.map(Reservation::machine).ifPresent(starter::discard);
      throw e;
    }
  }

  private void fail(Sandbox sandbox, RuntimeException cause) {
    String reason = cause instanceof OmniRunException known ? known.getMessage() : "internal error";
    Instant endedAt = clock.instant();
    retries.untilDone(
        "recording that sandbox " + sandbox.id() + " could not be created",
        () -> recordFailure(sandbox, endedAt, "could not be created: " + reason));
  }

  /** The row says running if that was written and only the answer got lost. */
  private void recordFailure(Sandbox sandbox, Instant endedAt, String reason) {
    for (SandboxState from : List.of(SandboxState.CREATING, SandboxState.RUNNING)) {
      store.finish(
          sandbox.account(), sandbox.id(), from, SandboxState.FAILED, endedAt, Optional.of(reason));
    }
  }

  /** The account's sandboxes that run or are paused, oldest first. */
  public List<Sandbox> list(Account account) {
    return store.listLive(account.id());
  }

  /**
   * @throws OmniRunException SANDBOX_NOT_FOUND if it is not there, killed, or another account's
   */
  public Sandbox get(Account account, SandboxId id) {
    return lookup.find(account, id);
  }

  /**
   * Gives a running sandbox another life, counted from now, or a paused one the life that begins
   * with its resume; on disk when this returns. A pause or resume under way is waited for.
   *
   * @param timeout zero: permanent
   * @return the sandbox with its new deadline
   * @throws OmniRunException SANDBOX_NOT_FOUND also when it is being ended; SANDBOX_NOT_RUNNING if
   *     it is being made or has failed; SANDBOX_PAUSED if a pause or resume takes too long
   */
  public Sandbox setTimeout(Account account, SandboxId id, Duration timeout) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Sandbox sandbox = lookup.find(account, id);
      Optional<Sandbox> changed = tryToSetTimeout(sandbox, timeout);
      if (changed.isPresent()) {
        return changed.get();
      }
    }
    throw SandboxLookup.notRunning(lookup.find(account, id));
  }

  /** Empty if it came into another state meanwhile. A paused one has no deadline. */
  private Optional<Sandbox> tryToSetTimeout(Sandbox sandbox, Duration timeout) {
    return switch (sandbox.state()) {
      case RUNNING -> tryToSetTimeout(sandbox, timeout, deadline(clock.instant(), timeout));
      case PAUSED -> tryToSetTimeout(sandbox, timeout, Optional.empty());
      case PAUSING, RESUMING -> {
        flights.await(sandbox.id());
        yield Optional.empty();
      }
      case CREATING, FAILED -> throw SandboxLookup.notRunning(sandbox);
      case KILLING, KILLED -> throw SandboxLookup.notFound();
    };
  }

  private Optional<Sandbox> tryToSetTimeout(
      Sandbox sandbox, Duration timeout, Optional<Instant> deadline) {
    return deadlines.setTimeout(sandbox, timeout, deadline)
        ? Optional.of(sandbox.withTimeout(timeout, deadline))
        : Optional.empty();
  }

  /**
   * The account's sandboxes that have ended, the last one first.
   *
   * @param limit so many at most
   * @param offset so many of the newest are left out
   */
  public List<Sandbox> history(Account account, int limit, int offset) {
    return store.listEnded(account.id(), limit, offset);
  }

  /**
   * Ends a sandbox and frees all it holds. A failed one is put out of sight.
   *
   * @throws OmniRunException SANDBOX_NOT_FOUND also when somebody else was quicker
   */
  public void kill(Account account, SandboxId id) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (tryToKill(lookup.find(account, id))) {
        return;
      }
    }
    throw SandboxLookup.notFound();
  }

  /** False if it came into another state meanwhile. */
  private boolean tryToKill(Sandbox sandbox) {
    return switch (sandbox.state()) {
      case RUNNING, PAUSING, PAUSED, RESUMING -> kills.kill(sandbox);
      case FAILED -> kills.dismissFailed(sandbox);
      case CREATING, KILLING, KILLED -> throw SandboxLookup.notFound();
    };
  }
}
