package io.omnirun.network;

import io.omnirun.model.MachineId;
import io.omnirun.model.SandboxId;
import java.net.Inet4Address;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The guests with links, by address, by machine and by sandbox. Thread-safe; nothing waits. */
final class GuestTable implements Guests {
  private record Place(LinkedGuest guest, Inet4Address address) {}

  private final Map<Inet4Address, LinkedGuest> byAddress = new ConcurrentHashMap<>();
  private final Map<MachineId, LinkedGuest> byMachine = new ConcurrentHashMap<>();
  private final Map<SandboxId, Place> bySandbox = new ConcurrentHashMap<>();

  @Override
  public Optional<Guest> at(Inet4Address source) {
    return Optional.ofNullable(byAddress.get(source));
  }

  Optional<LinkedGuest> of(SandboxId sandbox) {
    return Optional.ofNullable(bySandbox.get(sandbox)).map(Place::guest);
  }

  Optional<LinkedGuest> of(MachineId machine) {
    return Optional.ofNullable(byMachine.get(machine));
  }

  Collection<LinkedGuest> all() {
    return List.copyOf(byAddress.values());
  }

  /** From now on the address is this guest's, whose ever it was. */
  void put(LinkedGuest guest, Inet4Address address) {
    Place former = bySandbox.put(guest.id(), new Place(guest, address));
    byAddress.put(address, guest);
    byMachine.put(guest.machine(), guest);
    if (former != null) {
      byMachine.remove(former.guest().machine(), former.guest());
      if (!former.address().equals(address)) {
        byAddress.remove(former.address(), former.guest());
      }
    }
  }

  /** An address that somebody else has by now stays theirs. */
  void remove(SandboxId sandbox) {
    Place place = bySandbox.remove(sandbox);
    if (place != null) {
      byAddress.remove(place.address(), place.guest());
      byMachine.remove(place.guest().machine(), place.guest());
    }
  }
}
