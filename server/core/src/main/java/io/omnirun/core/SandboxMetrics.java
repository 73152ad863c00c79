package io.omnirun.core;

import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.GuestNetwork;
import io.omnirun.core.ports.Machine;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.EgressCounters;
import io.omnirun.model.SandboxId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What sandboxes use. Only those are measured that somebody has asked for of late, so an idle one
 * costs nothing: a question measures at once, and from then on every {@link #INTERVAL} until nobody
 * has asked for {@link #ATTENTION}. Thread-safe; calls block for the guest.
 */
public final class SandboxMetrics {
  /** Fine enough for a graph, seldom enough for an emulated guest. */
  public static final Duration INTERVAL = Duration.ofSeconds(10);

  /** So long a sandbox is measured after a question, and so old is the oldest sample. */
  public static final Duration ATTENTION = Duration.ofMinutes(10);

  private static final Logger log = LoggerFactory.getLogger(SandboxMetrics.class);

  private record Timer(SandboxId id) {}

  private record Watch(AccountId account, MetricSeries series) {}

  private final SandboxLookup lookup;
  private final LiveSandboxes live;
  private final GuestNetwork network;
  private final Deadlines timers;
  private final Clock clock;
  private final Duration interval;
  private final Map<SandboxId, Watch> watches = new ConcurrentHashMap<>();

  SandboxMetrics(
      SandboxLookup lookup,
      LiveSandboxes live,
      GuestNetwork network,
      Deadlines timers,
      Clock clock,
      Duration interval) {
    this.lookup = lookup;
    this.live = live;
    this.network = network;
    this.timers = timers;
    this.clock = clock;
    this.interval = interval;
  }

  /**
   * The samples of the last {@link #ATTENTION}, oldest first; at least one.
   *
   * @throws io.omnirun.model.OmniRunException SANDBOX_NOT_FOUND, SANDBOX_PAUSED,
   *     SANDBOX_NOT_RUNNING, or GUEST_UNREACHABLE
   */
  public List<MetricSample> list(Account account, SandboxId id) {
    return lookup.inGuest(account, id).call(guest -> list(account, id, guest));
  }

  private List<MetricSample> list(Account account, SandboxId id, Guest guest) {
    Watch watch = watches.computeIfAbsent(id, unknown -> begin(account, id));
    return watch.series().ask(guest);
  }

  /** How many sandboxes are measured now. */
  int watchedCount() {
    return watches.size();
  }

  private Watch begin(Account account, SandboxId id) {
    armNext(id);
    return new Watch(account.id(), new MetricSeries(clock, ATTENTION, () -> egress(id)));
  }

  /** Nothing comes after the last number, but the sums come with it. */
  private EgressCounters egress(SandboxId id) {
    return network.egress(id, Long.MAX_VALUE, 1).counters();
  }

  private void armNext(SandboxId id) {
    timers.arm(new Timer(id), clock.instant().plus(interval), () -> measureOrForget(id));
  }

  private void measureOrForget(SandboxId id) {
    Watch watch = watches.get(id);
    if (watch == null) {
      return;
    }
    Instant now = clock.instant();
    Optional<Machine> machine = live.find(watch.account(), id);
    if (machine.isEmpty() || !watch.series().isWatched(now)) {
      watches.remove(id);
      return;
    }
    try {
      watch.series().measure(machine.get().guest());
    } catch (RuntimeException e) {
      log.debug("sandbox {} could not be measured", id, e);
    }
    armNext(id);
  }
}
