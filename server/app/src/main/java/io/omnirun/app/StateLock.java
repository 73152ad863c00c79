package io.omnirun.app;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a state directory to one process: a second server would take the first one's machines for
 * orphans and end them. The kernel drops the lock with the process, however it ends.
 */
final class StateLock implements AutoCloseable {
  private final FileChannel file;

  private StateLock(FileChannel file) {
    this.file = file;
  }

  /**
   * @throws OmniRunException CONFIGURATION_INVALID if another process has it
   */
  static StateLock take(Path stateDir) throws IOException {
    FileChannel file =
        FileChannel.open(
            stateDir.resolve("server.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (file.tryLock() == null) {
      file.close();
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "another server (or a doctor's probe) uses the state directory " + stateDir);
    }
    return new StateLock(file);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
