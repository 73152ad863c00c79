package io.omnirun.machine.qemu;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.machine.disk.DataExtents;
import io.omnirun.machine.disk.SparseCopy;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The golden snapshots that the launcher holds for us, with what a clone of each needs.
 * Thread-safe.
 */
final class HeldGoldens {
  private static final Logger log = LoggerFactory.getLogger(HeldGoldens.class);

  /**
   * @param image hash of the base image
   * @param disk as it was when the snapshot was taken
   * @param diskData where in it data lies
   */
  record Held(String image, Path disk, DataExtents diskData) {
    void copyDisk(Path target) throws IOException {
      SparseCopy.copy(disk, diskData, target);
    }
  }

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

  /**
   * Has the launcher let all others go: it outlives servers, so it holds what those before this one
   * wanted. Clones of them keep their memory.
   */
  void releaseAllBut(Set<String> wanted) {
    for (LauncherClient.HeldGolden golden : launcher.goldenList()) {
      if (!wanted.contains(golden.golden())) {
        held.remove(golden.golden());
        launcher.goldenRelease(golden.golden());
        log.info("released golden snapshot {} of {} bytes", golden.golden(), golden.bytes());
      }
    }
  }

  private Held load(String hash) {
    GoldenDirectory directory = GoldenDirectory.of(cacheDir, hash);
    try {
      Held loaded =
          new Held(
              Files.readString(directory.image()).strip(),
              directory.disk(),
              DataExtents.load(directory.diskExtents()));
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
