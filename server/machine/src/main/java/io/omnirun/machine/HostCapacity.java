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

  /** Space of the disk that nobody else is given until it is closed, which may be repeated. */
  public interface DiskReservation extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * @param machineMib the memory that a machine may come to need
   * @throws OmniRunException CAPACITY_EXHAUSTED or NO_SPACE
   */
  public void check(int machineMib) {
    long availableMib = availableMemoryMib();
    if (availableMib < (long) memoryReserveMib + machineMib) {
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED,
          "this server has no memory left for another sandbox; end some, or try again later");
    }
    reserveDisk(0).close();
  }

  /**
   * Puts space aside for what is to be written. What of it is written already counts twice until
   * the reservation is closed, for nobody says how far that is.
   *
   * @throws OmniRunException NO_SPACE
   */
  public synchronized DiskReservation reserveDisk(long bytes) {
    if (freeDiskBytes() - reservedBytes < diskReserveBytes + bytes) {
      throw new OmniRunException(
          ErrorCode.NO_SPACE,
          "this server's disk has no space left for another sandbox; its operator must free some");
    }
    reservedBytes += bytes;
    AtomicBoolean closed = new AtomicBoolean();
    return () -> {
      if (closed.compareAndSet(false, true)) {
        release(bytes);
      }
    };
  }

  private synchronized void release(long bytes) {
    reservedBytes -= bytes;
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
