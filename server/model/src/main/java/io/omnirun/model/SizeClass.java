package io.omnirun.model;

/**
 * What a snapshot fixes about a machine.
 *
 * @param vcpus virtual CPUs, at least 1
 * @param memoryMib guest RAM in MiB, at least 64
 */
public record SizeClass(int vcpus, int memoryMib) {
  private static final int MIN_MEMORY_MIB = 64;

  public SizeClass {
    if (vcpus < 1 || memoryMib < MIN_MEMORY_MIB) {
      throw new IllegalArgumentException(
          "no machine is that small: " + vcpus + " vCPUs, " + memoryMib + " MiB");
    }
  }

  /** Whether a machine of this size has at least so much of both. */
  public boolean covers(int wantedVcpus, int wantedMemoryMib) {
    return vcpus >= wantedVcpus && memoryMib >= wantedMemoryMib;
  }
}
