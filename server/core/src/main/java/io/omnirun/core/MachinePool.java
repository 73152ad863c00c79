package io.omnirun.core;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.model.MachineId;
import io.omnirun.model.SizeClass;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
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

  /** After a clone of a snapshot failed, the next of it waits so long; other snapshots do not. */
  private static final Duration RETRY_PAUSE = Duration.ofSeconds(5);

  /** Longer than any create from the pool that goes well. */
  private static final Duration REPLACEMENT_PAUSE = Duration.ofSeconds(2);

  private static final class Shelf {
    final GoldenSnapshot golden;
    final ArrayDeque<Machine> ready = new ArrayDeque<>();
    int target;

    /**
     * Clones taken out that are used or come back: nobody makes others in their place meanwhile.
     */
    int reserved;

    /** A clone of it has failed lately. */
    boolean resting;

    Shelf(GoldenSnapshot golden) {
      this.golden = golden;
    }

    boolean isLacking() {
      return ready.size() + reserved < target;
    }
  }

  /**
   * A clone that nobody else gets. Whoever reserved it says what became of it: that it is used, and
   * then committed, or that it is given back.
   */
  final class Reservation {
    private final Shelf shelf;
    private final Machine machine;
    private boolean isOver;

    private Reservation(Shelf shelf, Machine machine) {
      this.shelf = shelf;
      this.machine = machine;
    }

    Machine machine() {
      return machine;
    }

    /** It is used, or was: its replacement is begun. Does not block; once more it does nothing. */
    void commit() {
      synchronized (MachinePool.this) {
        if (!isOver) {
          isOver = true;
          shelf.reserved--;
          requestRefill();
        }
      }
    }

    /**
     * It is being used: its replacement is begun when that is committed, for a restore beside a
     * create takes the CPUs which that waits for. A create that takes long does not keep the pool
     * empty. Does not block.
     */
    void use() {
      synchronized (MachinePool.this) {
        if (!closed) {
          refiller.schedule(this::commit, REPLACEMENT_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        }
      }
    }

    /**
     * It was not used after all, nothing in it has been touched: it is the next to be reserved.
     * Does not block.
     */
    void giveBack() {
      synchronized (MachinePool.this) {
        shelf.reserved--;
        if (isWanted(shelf, machine)) {
          shelf.ready.addFirst(machine);
          return;
        }
        requestRefill();
      }
      discard(machine);
    }
  }

  private final MachineDriver driver;
  private final Retries retries;
  private final Duration retryPause;
  private final Map<String, Shelf> shelves = new LinkedHashMap<>();
  private final ScheduledThreadPoolExecutor refiller =
      new ScheduledThreadPoolExecutor(1, Thread.ofVirtual().name("pool-refill").factory());
  private boolean closed;

  MachinePool(MachineDriver driver, Retries retries) {
    this(driver, retries, RETRY_PAUSE);
  }

  MachinePool(MachineDriver driver, Retries retries, Duration retryPause) {
    this.driver = driver;
    this.retries = retries;
    this.retryPause = retryPause;
    // The end of the pool does not wait for the pause of a shelf.
    refiller.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** From now on keeps so many clones of a snapshot ready. Returns at once. */
  public synchronized void keep(GoldenSnapshot golden, int count) {
    shelves.computeIfAbsent(golden.hash(), hash -> new Shelf(golden)).target = count;
    requestRefill();
  }

  /**
   * Takes out a clone, if one is ready. The pool makes none in its place before it is committed, so
   * that a create which is refused costs no clone. Does not block.
   */
  synchronized Optional<Reservation> reserve(GoldenSnapshot golden) {
    Shelf shelf = shelves.get(golden.hash());
    if (shelf == null) {
      return Optional.empty();
    }
    Machine machine = shelf.ready.poll();
    while (machine != null && machine.ended().isDone()) {
      discard(machine);
      requestRefill();
      machine = shelf.ready.poll();
    }
    if (machine == null) {
      return Optional.empty();
    }
    shelf.reserved++;
    return Optional.of(new Reservation(shelf, machine));
  }

  /** How many clones of a snapshot are ready. */
  public synchronized int readyCount(GoldenSnapshot golden) {
    Shelf shelf = shelves.get(golden.hash());
    return shelf == null ? 0 : shelf.ready.size();
  }

  /**
   * How full the pool is with clones of one template and size.
   *
   * @param ready can be had at once
   * @param target are to be ready
   */
  public record Stock(String template, SizeClass size, int ready, int target) {}

  /** What the pool has of everything it keeps. */
  public synchronized List<Stock> stock() {
    return shelves.values().stream()
        .map(
            shelf ->
                new Stock(
                    shelf.golden.template(), shelf.golden.size(), shelf.ready.size(), shelf.target))
        .toList();
  }

  private synchronized boolean shelve(String hash, Machine machine) {
    Shelf shelf = shelves.get(hash);
    if (shelf == null || !isWanted(shelf, machine)) {
      return false;
    }
    shelf.ready.add(machine);
    return true;
  }

  private boolean isWanted(Shelf shelf, Machine machine) {
    return !closed && shelf.isLacking() && !machine.ended().isDone();
  }

  private synchronized void requestRefill() {
    if (!closed) {
      refiller.execute(this::refill);
    }
  }

  private void refill() {
    Optional<Shelf> lacking = firstLacking();
    while (lacking.isPresent()) {
      if (!addOne(lacking.get().golden)) {
        rest(lacking.get());
      }
      lacking = firstLacking();
    }
  }

  private synchronized Optional<Shelf> firstLacking() {
    return shelves.values().stream()
        .filter(shelf -> shelf.isLacking() && !shelf.resting)
        .findFirst();
  }

  /** Answers whether the clone is in the pool, or lives but is not wanted any more. */
  private boolean addOne(GoldenSnapshot golden) {
    try {
      Machine machine = warmClone(golden);
      if (shelve(golden.hash(), machine)) {
        machine.ended().thenAccept(reason -> replaceDead(golden, machine, reason));
        return true;
      }
      boolean lives = !machine.ended().isDone();
      free(machine);
      return lives;
    } catch (RuntimeException e) {
      log.warn(
          "cannot add a clone of {} to the pool, next try in {} s",
          golden.template(),
          retryPause.toSeconds(),
          e);
      return false;
    }
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

  private synchronized void rest(Shelf shelf) {
    if (!closed) {
      shelf.resting = true;
      refiller.schedule(() -> wake(shelf), retryPause.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void wake(Shelf shelf) {
    synchronized (this) {
      shelf.resting = false;
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
