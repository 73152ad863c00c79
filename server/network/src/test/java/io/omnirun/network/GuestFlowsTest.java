package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.FlowListener;
import io.omnirun.core.ports.FlowListener.Target;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.EgressCounters;
import io.omnirun.model.EgressEntry;
import io.omnirun.model.EgressEntry.Transfer;
import io.omnirun.model.EgressEvent;
import io.omnirun.model.EgressEvent.Kind;
import io.omnirun.model.EgressEvent.Outcome;
import io.omnirun.model.EgressEvent.Reason;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.SandboxId;
import java.net.Inet4Address;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GuestFlowsTest {
  private static final Target WEB = new Target("tcp", Inet4Address.ofLiteral("192.0.2.7"), 8080);
  private static final Target PING = new Target("icmp", Inet4Address.ofLiteral("192.0.2.8"), 0);
  private static final Inet4Address FIRST = Inet4Address.ofLiteral("100.64.0.2");
  private static final Inet4Address SECOND = Inet4Address.ofLiteral("100.64.0.6");

  private final GuestTable guests = new GuestTable();
  private final GuestFlows flows = new GuestFlows(guests);

  @Test
  void aFlowIsAnEntryThatGetsItsBytesWhenItHasEnded() {
    LinkedGuest open = join(SandboxId.random(), TestGuest.open(), FIRST);
    LinkedGuest listed = join(SandboxId.random(), TestGuest.listed("example.com"), SECOND);
    flows.opened(open.machine(), 7, WEB);
    flows.opened(listed.machine(), 7, PING);
    assertThat(entries(open))
        .extracting(EgressEntry::event)
        .containsExactly(event(WEB, Outcome.ALLOWED, Reason.OPEN));
    assertThat(entries(listed))
        .extracting(EgressEntry::event)
        .containsExactly(event(PING, Outcome.ALLOWED, Reason.LISTED));
    flows.ended(open.machine(), 7, 10, 20);
    flows.ended(open.machine(), 7, 1, 1);
    flows.ended(open.machine(), 8, 1, 1);
    assertThat(entries(open).getFirst().transfer()).contains(new Transfer(10, 20));
    assertThat(entries(listed).getFirst().transfer()).isEmpty();
    assertThat(open.egress().counters()).isEqualTo(new EgressCounters(1, 0, 10, 20));
  }

  @Test
  void whatIsBlockedSaysWhyAndTheRestIsInTheSums() {
    LinkedGuest guest = join(SandboxId.random(), TestGuest.open(), FIRST);
    flows.blocked(guest.machine(), WEB, Reason.FORBIDDEN_ADDRESS);
    flows.more(guest.machine(), 3, 5);
    assertThat(entries(guest))
        .extracting(EgressEntry::event)
        .containsExactly(event(WEB, Outcome.BLOCKED, Reason.FORBIDDEN_ADDRESS));
    assertThat(guest.egress().counters()).isEqualTo(new EgressCounters(3, 6, 0, 0));
  }

  @Test
  void aFlowMayEndAfterItsGuestAndNothingBeginsThen() {
    SandboxId sandbox = SandboxId.random();
    LinkedGuest guest = join(sandbox, TestGuest.open(), FIRST);
    flows.opened(guest.machine(), 7, WEB);
    guests.remove(sandbox);
    flows.ended(guest.machine(), 7, 10, 20);
    flows.opened(guest.machine(), 8, WEB);
    flows.blocked(guest.machine(), WEB, Reason.DENIED);
    flows.more(guest.machine(), 1, 1);
    assertThat(guest.egress().counters()).isEqualTo(new EgressCounters(1, 0, 10, 20));
  }

  @Test
  void anotherMachineOfASandboxTakesOverFromTheFormer() {
    SandboxId sandbox = SandboxId.random();
    LinkedGuest former = join(sandbox, TestGuest.open(), FIRST);
    LinkedGuest current = join(sandbox, TestGuest.open(), SECOND);
    flows.blocked(former.machine(), WEB, Reason.DENIED);
    flows.blocked(current.machine(), PING, Reason.DENIED);
    assertThat(entries(former)).isEmpty();
    assertThat(entries(current)).hasSize(1);
    LinkedGuest again = guest(sandbox, current.machine(), TestGuest.open());
    guests.put(again, SECOND);
    flows.blocked(current.machine(), PING, Reason.DENIED);
    assertThat(entries(again)).hasSize(1);
  }

  private LinkedGuest join(SandboxId sandbox, NetworkPolicy policy, Inet4Address address) {
    LinkedGuest guest = guest(sandbox, MachineId.random(), policy);
    guests.put(guest, address);
    return guest;
  }

  private static LinkedGuest guest(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
    EgressLog log = new EgressLog(InstantSource.system(), Telemetry.NONE);
    return new LinkedGuest(sandbox, machine, new NoLinks(), log, policy);
  }

  private static List<EgressEntry> entries(LinkedGuest guest) {
    return guest.egress().after(0, EgressLog.MAX_ENTRIES);
  }

  private static EgressEvent event(Target target, Outcome outcome, Reason reason) {
    return new EgressEvent(
        Kind.FLOW,
        Optional.empty(),
        Optional.of(target.address()),
        target.port(),
        outcome,
        reason,
        Optional.of(target.protocol()));
  }

  /** Nothing here asks the host for anything. */
  private static final class NoLinks implements HostLinks {
    @Override
    public Optional<Services> services() {
      return Optional.empty();
    }

    @Override
    public String problem() {
      return "";
    }

    @Override
    public Link plug(MachineId machine, Rules rules) {
      throw new AssertionError("a link is made");
    }

    @Override
    public Optional<Link> change(MachineId machine, Rules rules) {
      throw new AssertionError("a link is changed");
    }

    @Override
    public Optional<Link> keep(MachineId machine, Rules rules) {
      throw new AssertionError("a link is changed");
    }

    @Override
    public void pin(MachineId machine, Map<Inet4Address, Duration> pins) {
      throw new AssertionError("an address is pinned");
    }

    @Override
    public void follow(FlowListener listener) {
      throw new AssertionError("somebody follows flows");
    }
  }
}
