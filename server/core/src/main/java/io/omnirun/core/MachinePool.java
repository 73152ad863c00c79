package io.omnirun.core;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.model.MachineId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clones restored ahead of demand. A clone is handed out once; one that dies in the pool is
 * replaced; refilling happens in the background, one clone at a time, so that it never competes
 * with more than a core. Thread-safe.
 */
public final class MachinePool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MachinePool.class);

  /** After a clone failed, the host is probably short of something: the next try waits. */
  private static final long RETRY_SECONDS = 5;

  private static final class Shelf {
    final GoldenSnapshot golden;
    final ArrayDeque<Machine> ready = new ArrayDeque<>();
    int target;

    Shelf(GoldenSnapshot golden) {
      this.golden = golden;
    }
  }

  private final MachineDriver driver;
  private final Retries retries;
  private final Map<String, Shelf> shelves = new HashMap<>();
  private final ScheduledExecutorService refiller =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("pool-refill").factory());
  private boolean closed;
  private boolean retryPending;

  MachinePool(MachineDriver driver, Retries retries) {
    this.driver = driver;
    this.retries = retries;
  }

  /** From now on keeps so many clones of a snapshot ready. Returns at once. */
  public synchronized void keep(GoldenSnapshot golden, int count) {
    shelves.computeIfAbsent(golden.hash(), hash -> new Shelf(golden)).target = count;
    requestRefill();
  }

  /** A clone that nobody else gets, if one is ready; its replacement is begun. Does not block. */
  synchronized Optional<Machine> poll(GoldenSnapshot golden) {
    Shelf shelf = shelves.get(golden.hash());
    if (shelf == null) {
      return Optional.empty();
    }
    Machine machine = shelf.ready.poll();
    while (machine != null && machine.ended().isDone()) {
      discard(machine);
      machine = shelf.ready.poll();
    }
    requestRefill();
    return Optional.ofNullable(machine);
  }

  /** Puts a clone back that was not used after all: nothing in it may have been touched. */
  void giveBack(GoldenSnapshot golden, Machine machine) {
    if (!shelve(golden.hash(), machine)) {
      discard(machine);
    }
  }

  /** How many clones of a snapshot are ready. */
  public synchronized int readyCount(GoldenSnapshot golden) {
    Shelf shelf = shelves.get(golden.hash());
    return shelf == null ? 0 : shelf.ready.size();
  }

  private synchronized boolean shelve(String hash, Machine machine) {
    Shelf shelf = shelves.get(hash);
    if (closed || shelf == null || shelf.ready.size() >= shelf.target || machine.ended().isDone()) {
      return false;
    }
    shelf.ready.add(machine);
    return true;
  }

  private synchronized void requestRefill() {
    if (!closed && !retryPending) {
      refiller.execute(this::refill);
    }
  }

  private void refill() {
    Optional<GoldenSnapshot> lacking = firstLacking();
    while (lacking.isPresent()) {
      if (!addOne(lacking.get())) {
        retryLater();
        return;
      }
      lacking = firstLacking();
    }
  }

  private synchronized Optional<GoldenSnapshot> firstLacking() {
    if (closed) {
      return Optional.empty();
    }
    return shelves.values().stream()
        .filter(shelf -> shelf.ready.size() < shelf.target)
        .map(shelf -> shelf.golden)
        .findFirst();
  }

  private boolean addOne(GoldenSnapshot golden) {
    Machine machine;
    try {
      machine = warmClone(golden);
    } catch (RuntimeException e) {
      log.warn(
          "cannot add a clone of {} to the pool, next try in {} s",
          golden.template(),
          RETRY_SECONDS,
          e);
      return false;
    }
    if (!shelve(golden.hash(), machine)) {
      free(machine);
      return true;
    }
    machine.ended().thenAccept(reason -> replaceDead(golden, machine, reason));
    return true;
  }

  private Machine warmClone(GoldenSnapshot golden) {
    Machine machine = driver.clone(MachineId.random(), golden);
    try {
      machine.guest().warmUp();
      return machine;
    } catch (RuntimeException e) {
      free(machine);
      throw e;
    }
  }

  private synchronized void retryLater() {
    if (!closed) {
      retryPending = true;
      refiller.schedule(this::retry, RETRY_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void retry() {
    synchronized (this) {
      retryPending = false;
    }
    refill();
  }

  private synchronized void replaceDead(GoldenSnapshot golden, Machine machine, String reason) {
    Shelf shelf = shelves.get(golden.hash());
    if (shelf != null && shelf.ready.remove(machine)) {
      log.warn("clone {} of {} died in the pool: {}", machine.id(), golden.template(), reason);
      discard(machine);
      requestRefill();
    }
  }

  private void discard(Machine machine) {
    Thread.startVirtualThread(() -> free(machine));
  }

  private void free(Machine machine) {
    retries.untilDone("freeing clone " + machine.id(), machine::close);
  }

  /**
   * Ends every clone that is still here; those handed out live on. Blocks until they are gone, but
   * for those that cannot be freed: the next start finds them as machines that nobody knows.
   */
  @Override
  public void close() {
    List<Machine> left = new ArrayList<>();
    synchronized (this) {
      closed = true;
      shelves.values().forEach(shelf -> left.addAll(shelf.ready));
      shelves.clear();
    }
    refiller.shutdown();
    left.forEach(this::free);
    refiller.close();
  }
}
