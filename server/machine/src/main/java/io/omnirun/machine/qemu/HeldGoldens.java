package io.omnirun.machine.qemu;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.machine.disk.SparseDisk;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The golden snapshots that the launcher holds for us, with what a clone of each needs.
 * Thread-safe.
 */
final class HeldGoldens {
  /**
   * @param image hash of the base image
   * @param disk the disk as it was when the snapshot was taken
   */
  record Held(String image, SparseDisk disk, long diskBytes) {}

  private final Path cacheDir;
  private final LauncherClient launcher;
  private final Map<String, Held> held = new ConcurrentHashMap<>();

  HeldGoldens(Path cacheDir, LauncherClient launcher) {
    this.cacheDir = cacheDir;
    this.launcher = launcher;
  }

  /** Has the launcher hold it; blocks the first time. */
  Held hold(GoldenSnapshot golden) {
    return held.computeIfAbsent(golden.hash(), this::load);
  }

  private Held load(String hash) {
    GoldenDirectory directory = GoldenDirectory.of(cacheDir, hash);
    try {
      Held loaded =
          new Held(
              Files.readString(directory.image()).strip(),
              SparseDisk.scan(directory.disk()),
              Files.size(directory.disk()));
      launcher.goldenHold(hash);
      return loaded;
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.TEMPLATE_NOT_READY,
          "the template's golden snapshot is damaged; build it again",
          e);
    }
  }

  /**
   * A restarted launcher holds nothing any more: then it is asked to, once, and the action
   * repeated.
   */
  <T> T retryWhenLost(GoldenSnapshot golden, Supplier<T> action) {
    try {
      return action.get();
    } catch (OmniRunException e) {
      if (e.code() != ErrorCode.TEMPLATE_NOT_READY) {
        throw e;
      }
      launcher.goldenHold(golden.hash());
      return action.get();
    }
  }
}
