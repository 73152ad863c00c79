package io.omnirun.machine;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Refuses a machine for which the host has no room, before anything of it is made. Thread-safe; one
 * for all that fills a disk, or what one has reserved another would take.
 */
public final class HostCapacity {
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";
  private static final long KIB_PER_MIB = 1024;
  private static final long BYTES_PER_MIB = 1024 * 1024;

  private final Path stateDir;
  private final int memoryReserveMib;
  private final long diskReserveBytes;
  private long reservedBytes;
  private long reservedMib;

  /**
   * @param stateDir where machines have their disks
   * @param memoryReserveMib what must stay available of the host's memory
   * @param diskReserveMib what must stay free of the disk
   */
  public HostCapacity(Path stateDir, int memoryReserveMib, int diskReserveMib) {
    this.stateDir = stateDir;
    this.memoryReserveMib = memoryReserveMib;
    this.diskReserveBytes = diskReserveMib * BYTES_PER_MIB;
  }

  /** What nobody else is given until it is closed, which may be repeated. */
  public interface Reservation extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Whether there is room for a machine, which fills its memory little by little or never.
   *
   * @param machineMib the memory that it may come to need
   * @throws OmniRunException CAPACITY_EXHAUSTED or NO_SPACE
   */
  public synchronized void check(int machineMib) {
    requireMemory(machineMib);
    requireDisk(0);
  }

  /**
   * Puts memory aside for what is to be written there at once. What of it is written already counts
   * twice until the reservation is closed.
   *
   * @throws OmniRunException CAPACITY_EXHAUSTED
   */
  public synchronized Reservation reserveMemory(int mib) {
    requireMemory(mib);
    reservedMib += mib;
    return once(() -> reservedMib -= mib);
  }

  private void requireMemory(int mib) {
    if (availableMemoryMib() - reservedMib < (long) memoryReserveMib + mib) {
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED,
          "this server has no memory left for another sandbox; end some, or try again later");
    }
  }

  /**
   * Puts space aside for what is to be written. What of it is written already counts twice until
   * the reservation is closed, for nobody says how far that is.
   *
   * @throws OmniRunException NO_SPACE
   */
  public synchronized Reservation reserveDisk(long bytes) {
    requireDisk(bytes);
    reservedBytes += bytes;
    return once(() -> reservedBytes -= bytes);
  }

  private void requireDisk(long bytes) {
    if (freeDiskBytes() - reservedBytes < diskReserveBytes + bytes) {
      throw new OmniRunException(
          ErrorCode.NO_SPACE,
          "this server's disk has no space left for another sandbox; its operator must free some");
    }
  }

  private Reservation once(Runnable giveBack) {
    AtomicBoolean closed = new AtomicBoolean();
    return () -> {
      if (closed.compareAndSet(false, true)) {
        synchronized (this) {
          giveBack.run();
        }
      }
    };
  }

  private static long availableMemoryMib() {
    try {
      return Files.readAllLines(MEMINFO).stream()
          .filter(line -> line.startsWith(AVAILABLE))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / KIB_PER_MIB)
          .findFirst()
          .orElseThrow(
              () -> new OmniRunException(ErrorCode.INTERNAL, "/proc/meminfo has no " + AVAILABLE));
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the host's memory cannot be read", e);
    }
  }

  private long freeDiskBytes() {
    try {
      return Files.getFileStore(stateDir).getUsableSpace();
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the host's disk cannot be read", e);
    }
  }
}
