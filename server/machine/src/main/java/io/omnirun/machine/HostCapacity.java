package io.omnirun.machine;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Refuses a machine for which the host has no room, before anything of it is made.
 *
 * @param stateDir where machines have their disks
 * @param memoryReserveMib what must stay available of the host's memory
 * @param diskReserveMib what must stay free of the disk
 */
public record HostCapacity(Path stateDir, int memoryReserveMib, int diskReserveMib) {
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";
  private static final long KIB_PER_MIB = 1024;
  private static final long BYTES_PER_MIB = 1024 * 1024;

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
    checkDisk(0);
  }

  /**
   * @param bytes that are to be written
   * @throws OmniRunException NO_SPACE
   */
  public void checkDisk(long bytes) {
    if (freeDiskMib() < diskReserveMib + bytes / BYTES_PER_MIB) {
      throw new OmniRunException(
          ErrorCode.NO_SPACE,
          "this server's disk has no space left for another sandbox; its operator must free some");
    }
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

  private long freeDiskMib() {
    try {
      return Files.getFileStore(stateDir).getUsableSpace() / BYTES_PER_MIB;
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the host's disk cannot be read", e);
    }
  }
}
