package io.omnirun.gateway;

import io.omnirun.core.PreviewDirectory;
import io.omnirun.core.PreviewTarget;
import io.omnirun.core.Recurring;
import io.omnirun.gateway.GuestConnection.Port;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The connections to guests: so many to one machine at a time, and those that have nothing to do
 * are kept for the next request to the same port. A machine's name is never another's, so a
 * connection never leads to another guest. Thread-safe.
 */
final class GuestConnections implements AutoCloseable {
  /**
   * Of one machine, in use and idle: of the 256 streams that its link has the agent's calls take
   * 192, and 16 are left to whoever dials next.
   */
  static final int MAX_OF_MACHINE = 48;

  /** How long a request waits for its turn before it is refused. */
  static final Duration TURN_PATIENCE = Duration.ofSeconds(5);

  /** Node closes what is idle after 5 s: shorter, so that it is we who close. */
  static final Duration IDLE_TIME = Duration.ofSeconds(4);

  private static final Duration ROUND = Duration.ofSeconds(1);

  private final PreviewDirectory directory;
  private final Map<MachineId, Machine> machines = new HashMap<>();
  private final Recurring chores = new Recurring();

  GuestConnections(PreviewDirectory directory) {
    this.directory = directory;
    chores.every(ROUND, "closing idle connections of previews", this::closeIdle);
  }

  /** One machine's; its fields but the turns are guarded by the pool. */
  private static final class Machine {
    final Semaphore turns = new Semaphore(MAX_OF_MACHINE, true);
    final Deque<GuestConnection> idle = new ArrayDeque<>();
    int lessees;
  }

  /** The right to one connection to a machine at a time. Used by one thread; closed once. */
  final class Lease implements AutoCloseable {
    private final PreviewTarget target;
    private final Machine machine;

    private Lease(PreviewTarget target, Machine machine) {
      this.target = target;
      this.machine = machine;
    }

    /**
     * A connection to the target's port. The caller closes it or gives it back before it asks for
     * another.
     *
     * @param mayBeUsed whether the request can be sent again if its server has just closed the
     *     connection
     * @throws OmniRunException as {@link PreviewDirectory#dial}
     */
    GuestConnection connect(boolean mayBeUsed) {
      Port port = new Port(target.machine(), target.port());
      if (mayBeUsed) {
        for (Optional<GuestConnection> idle = takeIdle(machine, port);
            idle.isPresent();
            idle = takeIdle(machine, port)) {
          if (idle.get().isQuiet()) {
            return idle.get();
          }
          idle.get().close();
        }
      }
      makeRoom(machine);
      return new GuestConnection(port, directory.dial(target));
    }

    /** Takes back a connection on which an answer has just ended, and nothing came behind it. */
    void giveBack(GuestConnection connection) {
      connection.becomeIdle();
      synchronized (GuestConnections.this) {
        machine.idle.addFirst(connection);
      }
    }

    @Override
    public void close() {
      machine.turns.release();
      leave(target.machine(), machine);
    }
  }

  /** The right to a connection; empty if others have all for too long. The caller closes it. */
  Optional<Lease> lease(PreviewTarget target) throws InterruptedException {
    Machine machine = enter(target.machine());
    boolean itsTurn = false;
    try {
      itsTurn = machine.turns.tryAcquire(TURN_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      if (!itsTurn) {
        leave(target.machine(), machine);
      }
    }
    return itsTurn ? Optional.of(new Lease(target, machine)) : Optional.empty();
  }

  private synchronized Machine enter(MachineId id) {
    Machine machine = machines.computeIfAbsent(id, _ -> new Machine());
    machine.lessees++;
    return machine;
  }

  private synchronized void leave(MachineId id, Machine machine) {
    machine.lessees--;
    forgetIfUnused(id, machine);
  }

  private void forgetIfUnused(MachineId id, Machine machine) {
    if (machine.lessees == 0 && machine.idle.isEmpty()) {
      machines.remove(id, machine);
    }
  }

  private synchronized Optional<GuestConnection> takeIdle(Machine machine, Port port) {
    Iterator<GuestConnection> newestFirst = machine.idle.iterator();
    while (newestFirst.hasNext()) {
      GuestConnection connection = newestFirst.next();
      if (connection.port().equals(port)) {
        newestFirst.remove();
        return Optional.of(connection);
      }
    }
    return Optional.empty();
  }

  /** Each that is in use has a turn: with one idle fewer than are left, one more can be opened. */
  private void makeRoom(Machine machine) {
    List<GuestConnection> tooMany = new ArrayList<>();
    synchronized (this) {
      int inUse = MAX_OF_MACHINE - machine.turns.availablePermits();
      while (!machine.idle.isEmpty() && machine.idle.size() + inUse > MAX_OF_MACHINE) {
        tooMany.add(machine.idle.removeLast());
      }
    }
    tooMany.forEach(GuestConnection::close);
  }

  private void closeIdle() {
    List<GuestConnection> over = new ArrayList<>();
    synchronized (this) {
      for (Map.Entry<MachineId, Machine> entry : List.copyOf(machines.entrySet())) {
        Machine machine = entry.getValue();
        while (!machine.idle.isEmpty()
            && machine.idle.getLast().idleNanos() > IDLE_TIME.toNanos()) {
          over.add(machine.idle.removeLast());
        }
        forgetIfUnused(entry.getKey(), machine);
      }
    }
    over.forEach(GuestConnection::close);
  }

  /** How many machines are known: those that have a connection or a request. */
  synchronized int machineCount() {
    return machines.size();
  }

  /** Closes those that are idle; the others are their users'. */
  @Override
  public void close() {
    chores.close();
    List<GuestConnection> idle = new ArrayList<>();
    synchronized (this) {
      machines
          .values()
          .forEach(
              machine -> {
                idle.addAll(machine.idle);
                machine.idle.clear();
              });
    }
    idle.forEach(GuestConnection::close);
  }
}
