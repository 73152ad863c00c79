package io.omnirun.machine.firecracker;

import static java.util.Objects.requireNonNull;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.MachinePlatform;
import io.omnirun.machine.MachineDirectories;
import io.omnirun.model.MachineId;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * The driver of another VMM on a host that has had machines of Firecracker: what a server before
 * left in the directory of their memory, in the clear, is found and removed with all else that
 * belongs to no machine. Thread-safe.
 */
public final class MemorySweep implements MachineDriver {
  private final MachineDriver driver;
  private final Path memoryDir;

  /**
   * @param memoryDir one directory per machine, on a tmpfs; this server's alone
   */
  public MemorySweep(MachineDriver driver, Path memoryDir) {
    this.driver = requireNonNull(driver, "driver is null");
    this.memoryDir = requireNonNull(memoryDir, "memoryDir is null");
  }

  @Override
  public MachinePlatform platform() {
    return driver.platform();
  }

  @Override
  public Machine clone(MachineId id, GoldenSnapshot golden) {
    return driver.clone(id, golden);
  }

  @Override
  public Machine adopt(MachineId id, String accessToken) {
    return driver.adopt(id, accessToken);
  }

  @Override
  public Set<MachineId> found() {
    Set<MachineId> found = new HashSet<>(driver.found());
    found.addAll(MachineDirectories.list(memoryDir));
    return found;
  }

  @Override
  public Set<MachineId> living() {
    return driver.living();
  }

  /** The memory last: it may be that of a VMM which lives until then. */
  @Override
  public void remove(MachineId id) {
    driver.remove(id);
    MemoryDirectory.volatileOf(memoryDir, id).delete();
  }
}
