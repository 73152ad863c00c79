package io.omnirun.core;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.Credentials;
import io.omnirun.core.ports.ExposureStore;
import io.omnirun.core.ports.GoldenSnapshots;
import io.omnirun.core.ports.GuestNetwork;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.core.ports.TokenStore;
import java.time.Clock;
import java.time.Duration;

/**
 * All use cases of a node, wired together over one set of ports.
 *
 * @param pool the caller tells it what to keep ready, and closes it
 * @param reconciler to be run once, before the first call of the others
 */
public record UseCases(
    Authenticator authenticator,
    Accounts accounts,
    Tokens tokens,
    Sandboxes sandboxes,
    SandboxPauses pauses,
    Commands commands,
    CodeRuns codeRuns,
    Interpreter interpreter,
    Terminals terminals,
    Files files,
    NodeStatus nodeStatus,
    TrafficTokens trafficTokens,
    SandboxMetrics metrics,
    Networks networks,
    Exposures exposures,
    PreviewDirectory previews,
    SandboxUses uses,
    LlmSandboxes llm,
    MachinePool pool,
    Reconciler reconciler,
    AutoCloseable timers) {

  /**
   * @param nodeId this node's name
   * @param nodeSecret at least 32 bytes, the same after a restart
   * @param maxSandboxes as many as may run on this node
   * @param retryPauses between attempts at what must succeed in the end
   * @param idleLimit so long a sandbox may be unused; zero: for ever
   * @param previews how its ports are seen on the web
   */
  public record Settings(
      String nodeId,
      byte[] nodeSecret,
      int maxSandboxes,
      Backoff retryPauses,
      Duration idleLimit,
      PreviewSettings previews) {}

  /** What the use cases stand on. */
  public record Ports(
      SandboxStore sandboxes,
      AccountStore accounts,
      TokenStore tokens,
      MachineDriver driver,
      PausedMachines paused,
      GoldenSnapshots goldens,
      Clock clock,
      Telemetry telemetry,
      Credentials credentials,
      GuestNetwork network,
      ExposureStore exposures) {}

  /** Wires the use cases. Nothing runs yet. */
  public static UseCases create(Settings settings, Ports ports, Templates templates) {
    LiveSandboxes live = new LiveSandboxes();
    Deadlines deadlines = new Deadlines(ports.clock());
    MachineSlots slots = new MachineSlots(settings.maxSandboxes());
    Retries retries = new Retries(deadlines, ports.clock(), settings.retryPauses());
    MachineDriver driver = new TidyDriver(ports.driver(), retries);
    SandboxLinks links = new SandboxLinks(ports.network(), ports.sandboxes(), live, retries);
    Endings endings =
        new Endings(
            ports.sandboxes(),
            live,
            deadlines,
            slots,
            ports.paused(),
            links,
            retries,
            ports.clock());
    Flights flights = new Flights();
    PauseSeals seals = new PauseSeals(settings.nodeSecret());
    SandboxPauser pauser =
        new SandboxPauser(
            ports.sandboxes(),
            live,
            ports.paused(),
            deadlines,
            endings,
            seals,
            retries,
            ports.clock());
    IdleSandboxes idle =
        new IdleSandboxes(
            ports.sandboxes(),
            live,
            deadlines,
            endings,
            retries,
            ports.clock(),
            settings.idleLimit());
    RunningSandboxes running =
        new RunningSandboxes(
            ports.sandboxes(),
            live,
            deadlines,
            endings,
            idle,
            pauser,
            flights,
            retries,
            ports.clock());
    SandboxLookup lookup = new SandboxLookup(ports.sandboxes(), live);
    MachinePool pool = new MachinePool(driver, retries);
    Identities identities = new Identities(settings.nodeSecret());
    SandboxResumer resumer =
        new SandboxResumer(
            ports.sandboxes(),
            driver,
            ports.paused(),
            running,
            endings,
            slots,
            links,
            identities,
            seals,
            retries,
            ports.clock());
    TrafficTokens trafficTokens = new TrafficTokens(settings.nodeSecret());
    SandboxPreviews previews =
        new SandboxPreviews(
            ports.exposures(),
            live,
            trafficTokens,
            settings.previews(),
            ports.clock(),
            System::nanoTime);
    ExposureWatch exposureWatch =
        new ExposureWatch(
            ports.exposures(), live, deadlines, settings.previews().urls(), ports.clock());
    Authenticator authenticator = new Authenticator(ports.tokens(), ports.clock());
    LlmKeys llmKeys = new LlmKeys(settings.nodeSecret());
    return new UseCases(
        authenticator,
        new Accounts(ports.accounts(), ports.clock()),
        new Tokens(ports.tokens(), authenticator, ports.clock()),
        new Sandboxes(
            templates,
            ports.goldens(),
            pool,
            new SandboxStarter(
                driver, ports.sandboxes(), running, links, identities, slots, retries),
            ports.sandboxes(),
            slots,
            links,
            lookup,
            running.deadlines(),
            new SandboxKills(ports.sandboxes(), endings, flights, retries, ports.clock()),
            flights,
            new CreatedEnvironments(ports.credentials(), llmKeys),
            retries,
            ports.clock(),
            ports.telemetry()),
        new SandboxPauses(lookup, running, resumer, flights),
        new Commands(lookup, ports.telemetry()),
        new CodeRuns(lookup, ports.telemetry()),
        new Interpreter(lookup, templates),
        new Terminals(lookup),
        new Files(lookup, new FileLinks(settings.nodeSecret(), ports.clock())),
        new NodeStatus(
            settings.nodeId(),
            live,
            settings.maxSandboxes(),
            templates,
            ports.goldens(),
            driver.platform()),
        trafficTokens,
        new SandboxMetrics(
            lookup, live, ports.network(), deadlines, ports.clock(), SandboxMetrics.INTERVAL),
        new Networks(ports.sandboxes(), ports.network(), links, lookup),
        new Exposures(
            ports.exposures(), lookup, exposureWatch, previews::invalidate, ports.clock()),
        previews,
        new SandboxUses(live),
        new LlmSandboxes(live, ports.sandboxes(), ports.accounts(), running, flights, llmKeys),
        pool,
        new Reconciler(
            ports.sandboxes(),
            driver,
            ports.paused(),
            running,
            slots,
            links,
            identities,
            flights,
            retries,
            ports.clock()),
        deadlines);
  }
}
