package io.omnirun.machine.firecracker;

/**
 * Bodies of calls to Firecracker's API, with the fields that all versions know that we use: one
 * that is newer than the binary would be refused. Names become those of the API by writing them
 * with underscores.
 */
final class ApiBodies {
  private ApiBodies() {}

  /** {@code PUT /machine-config}. */
  record MachineConfig(int vcpuCount, int memSizeMib) {}

  /** {@code PUT /boot-source}. */
  record BootSource(String kernelImagePath, String initrdPath, String bootArgs) {}

  /** {@code PUT /serial}: where what the guest says on its serial port goes. */
  record Serial(String serialOutPath) {
    static final Serial NOWHERE = new Serial("/dev/null");
  }

  /** {@code PUT /drives/{id}}. */
  record Drive(String driveId, String pathOnHost, boolean isRootDevice, boolean isReadOnly) {}

  /** {@code PUT /network-interfaces/{id}}. */
  record NetworkInterface(String ifaceId, String hostDevName) {}

  /** {@code PUT /vsock}. */
  record Vsock(long guestCid, String udsPath) {}

  /**
   * {@code PUT /balloon}: with reporting the guest tells of pages that it has freed, and the host
   * has them back; it knows that from 1.14 on. What the balloon takes by being inflated it would
   * give back before the guest ends a process for want of memory.
   */
  record Balloon(int amountMib, boolean deflateOnOom, boolean freePageReporting) {
    static final Balloon REPORTING = new Balloon(0, true, true);
  }

  /** {@code PUT /actions}. */
  record Action(String actionType) {}

  /** {@code PATCH /vm}. */
  record VmState(String state) {
    static final VmState PAUSED = new VmState("Paused");
    static final VmState RESUMED = new VmState("Resumed");
  }

  /** {@code PUT /snapshot/create}. */
  record SnapshotCreate(String snapshotType, String snapshotPath, String memFilePath) {
    static SnapshotCreate full(String statePath, String memoryPath) {
      return new SnapshotCreate("Full", statePath, memoryPath);
    }
  }

  /** {@code PUT /snapshot/load}; the machine stands still afterwards. */
  record SnapshotLoad(String snapshotPath, MemoryBackend memBackend, boolean resumeVm) {
    /** Memory that is mapped privately from a file. */
    static SnapshotLoad ofFiles(String statePath, String memoryPath) {
      return new SnapshotLoad(statePath, new MemoryBackend("File", memoryPath), false);
    }
  }

  /** Where the memory comes from. */
  record MemoryBackend(String backendType, String backendPath) {}
}
