package io.omnirun.model;

/**
 * What a snapshot fixes about a machine.
 *
 * @param vcpus virtual CPUs, at least 1
 * @param memoryMib guest RAM in MiB, at least 64
 * @param diskMib the writable disk in MiB; 0: not known, of one made by an earlier version
 */
public record SizeClass(int vcpus, int memoryMib, int diskMib) {
  private static final int MIN_MEMORY_MIB = 64;

  public SizeClass {
    if (vcpus < 1 || memoryMib < MIN_MEMORY_MIB || diskMib < 0) {
      throw new IllegalArgumentException(
          "no machine is that small: "
              + vcpus
              + " vCPUs, "
              + memoryMib
              + " MiB, disk "
              + diskMib
              + " MiB");
    }
  }

  /** Whether a machine of this size has at least so many CPUs and so much memory and disk. */
  public boolean covers(int wantedVcpus, int wantedMemoryMib, int wantedDiskMib) {
    return vcpus >= wantedVcpus && memoryMib >= wantedMemoryMib && diskMib >= wantedDiskMib;
  }
}
