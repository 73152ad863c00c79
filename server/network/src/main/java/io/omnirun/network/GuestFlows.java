package io.omnirun.network;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.omnirun.core.ports.FlowListener;
import io.omnirun.model.EgressEntry.Transfer;
import io.omnirun.model.EgressEvent;
import io.omnirun.model.EgressEvent.Kind;
import io.omnirun.model.EgressEvent.Outcome;
import io.omnirun.model.EgressEvent.Reason;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy.Mode;
import java.util.Optional;

/** Writes what guests send past this server into their logs. */
final class GuestFlows implements FlowListener {
  /** Flows whose end is awaited: as many as the launcher follows. */
  private static final int MAX_OPEN = 131_072;

  private record Flow(MachineId machine, long number) {}

  private record Entry(EgressLog log, long sequence) {}

  private final GuestTable guests;

  /** Apart from the guests, for a flow may end after its guest. */
  private final Cache<Flow, Entry> open = Caffeine.newBuilder().maximumSize(MAX_OPEN).build();

  GuestFlows(GuestTable guests) {
    this.guests = guests;
  }

  @Override
  public void opened(MachineId machine, long flow, Target target) {
    guests
        .of(machine)
        .ifPresent(
            guest -> {
              Reason reason = guest.policy().mode() == Mode.OPEN ? Reason.OPEN : Reason.LISTED;
              long sequence = guest.egress().record(event(target, Outcome.ALLOWED, reason));
              open.put(new Flow(machine, flow), new Entry(guest.egress(), sequence));
            });
  }

  @Override
  public void ended(MachineId machine, long flow, long bytesUp, long bytesDown) {
    Entry entry = open.asMap().remove(new Flow(machine, flow));
    if (entry != null) {
      entry.log().end(entry.sequence(), new Transfer(bytesUp, bytesDown));
    }
  }

  @Override
  public void blocked(MachineId machine, Target target, Reason reason) {
    guests
        .of(machine)
        .ifPresent(guest -> guest.egress().record(event(target, Outcome.BLOCKED, reason)));
  }

  @Override
  public void more(MachineId machine, long opened, long blocked) {
    guests.of(machine).ifPresent(guest -> guest.egress().count(Kind.FLOW, opened, blocked));
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
}
