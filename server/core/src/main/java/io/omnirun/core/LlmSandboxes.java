package io.omnirun.core;

import io.omnirun.core.Flights.Flight;
import io.omnirun.core.LiveSandboxes.Running;
import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.LlmGrant.OnSpent;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sandboxes that call language models by a key of their own. Thread-safe; calls block, but
 * {@link #capSpent}.
 */
public final class LlmSandboxes {
  private static final Logger log = LoggerFactory.getLogger(LlmSandboxes.class);

  /** A resumed guest runs so long, at most, before its sandbox is known to. */
  private static final Duration ARRIVAL_PATIENCE = Duration.ofSeconds(10);

  private final LiveSandboxes live;
  private final SandboxStore store;
  private final AccountStore accounts;
  private final RunningSandboxes running;
  private final Flights flights;
  private final LlmKeys keys;

  /** Those of which this server has heard that their cap is spent: told once is enough. */
  private final Set<SandboxId> spent = ConcurrentHashMap.newKeySet();

  LlmSandboxes(
      LiveSandboxes live,
      SandboxStore store,
      AccountStore accounts,
      RunningSandboxes running,
      Flights flights,
      LlmKeys keys) {
    this.live = live;
    this.store = store;
    this.accounts = accounts;
    this.running = running;
    this.flights = flights;
    this.keys = keys;
  }

  /** Whether a machine's guest has anything to ask: its sandbox runs and has a grant. */
  public boolean mayCall(MachineId machine) {
    return live.awaitRunningOn(machine, ARRIVAL_PATIENCE).flatMap(Running::llm).isPresent();
  }

  /**
   * Whose call it is that came out of a machine with a key.
   *
   * @throws OmniRunException UNAUTHORIZED if it is not the key of the sandbox that runs there, or
   *     that has none
   */
  public LlmCaller authenticate(MachineId machine, String key) {
    Running sandbox = live.runningOn(machine).orElseThrow(LlmSandboxes::unauthorized);
    LlmGrant grant = sandbox.llm().orElseThrow(LlmSandboxes::unauthorized);
    if (!keys.isKeyOf(sandbox.id(), key)) {
      throw unauthorized();
    }
    Account owner = accounts.findAccount(sandbox.owner()).orElseThrow(LlmSandboxes::unauthorized);
    return LlmCaller.of(owner, sandbox.id(), grant);
  }

  private static OmniRunException unauthorized() {
    return new OmniRunException(
        ErrorCode.UNAUTHORIZED,
        "this is not the key of this sandbox; it stands in OPENAI_API_KEY of its environment");
  }

  /**
   * A sandbox has used up what it may. If it is to be paused then, that happens in the background,
   * once in its life: when it has been resumed its calls are refused. Returns at once; may be
   * called again.
   */
  public void capSpent(SandboxId id) {
    Optional<Running> pausing =
        live.running(id)
            .filter(
                sandbox ->
                    sandbox.llm().map(LlmGrant::onSpent).stream().anyMatch(OnSpent.PAUSE::equals));
    if (pausing.isPresent() && spent.add(id)) {
      Thread.ofVirtual().name("llm-cap").start(() -> pauseOnce(pausing.get().owner(), id));
    }
  }

  private void pauseOnce(AccountId owner, SandboxId id) {
    try {
      if (store.markLlmSpent(owner, id)) {
        pause(owner, id);
      }
    } catch (RuntimeException e) {
      log.warn("sandbox {}, which has used up its cap of language models, runs on", id, e);
    } finally {
      // That of one that is here stays, so that a flood of calls does not ask the database.
      spent.removeIf(other -> !live.isKnown(other));
    }
  }

  /** One that is on its way already is paused or ended by others. */
  private void pause(AccountId owner, SandboxId id) {
    Optional<Sandbox> row = store.find(owner, id);
    Optional<Flight> flight = row.flatMap(sandbox -> flights.begin(id));
    if (flight.isPresent()) {
      log.info("sandbox {} has used up its cap of language models and is paused", id);
      running.pause(row.get(), flight.get());
    }
  }
}
