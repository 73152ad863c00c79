package io.omnirun.core;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.MachinePlatform;
import io.omnirun.model.MachineId;
import java.util.Set;

/**
 * A driver whose failed clones are certain to leave nothing behind in the end: one that was lost
 * together with the launcher may have a VMM all the same, which the next launcher finds again and
 * nobody else knows. Thread-safe.
 */
final class TidyDriver implements MachineDriver {
  private final MachineDriver driver;
  private final Retries retries;

  TidyDriver(MachineDriver driver, Retries retries) {
    this.driver = driver;
    this.retries = retries;
  }

  @Override
  public MachinePlatform platform() {
    return driver.platform();
  }

  @Override
  public Machine clone(MachineId id, GoldenSnapshot golden) {
    try {
      return driver.clone(id, golden);
    } catch (RuntimeException e) {
      retries.untilDone("removing what a failed clone left, " + id, () -> driver.remove(id));
      throw e;
    }
  }

  @Override
  public Machine adopt(MachineId id, String accessToken) {
    return driver.adopt(id, accessToken);
  }

  @Override
  public Set<MachineId> found() {
    return driver.found();
  }

  @Override
  public Set<MachineId> living() {
    return driver.living();
  }

  @Override
  public void remove(MachineId id) {
    driver.remove(id);
  }
}
