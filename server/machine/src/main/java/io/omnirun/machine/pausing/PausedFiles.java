package io.omnirun.machine.pausing;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.machine.disk.SparseStream;
import io.omnirun.machine.seal.DamagedException;
import io.omnirun.machine.seal.DataKey;
import io.omnirun.machine.seal.SealedInput;
import io.omnirun.machine.seal.SealedOutput;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.shelf.DurableFiles;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes and opens what is kept of a paused machine, and says what is wrong with it. */
public final class PausedFiles {
  private PausedFiles() {}

  /**
   * What a running machine must be like when it is made again.
   *
   * @param file beside its disk
   * @throws OmniRunException PAUSED_STATE_INCOMPATIBLE
   */
  public static MachineShape shapeOfRunning(Path file) {
    try {
      return MachineShape.load(file);
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.PAUSED_STATE_INCOMPATIBLE,
          "this sandbox was started by another version of OmniRun and cannot be paused; it runs on",
          e);
    }
  }

  /** Writes the key and a disk that nobody changes, and returns when they are on disk. */
  public static void writeDisk(
      PausedDirectory staging, MachineShape shape, Path source, DataKey key, PauseSeal seal)
      throws IOException {
    Files.write(staging.key(), key.wrap(seal));
    try (SealedOutput sealed = SealedOutput.create(staging.disk(), key);
        DataOutputStream data = new DataOutputStream(sealed)) {
      shape.write(data);
      SparseStream.write(source, data);
      sealed.finish();
    }
    DurableFiles.sync(staging.key());
  }

  /**
   * Opens the key of the other files.
   *
   * @throws OmniRunException PAUSED_STATE_UNREADABLE
   */
  public static DataKey key(PausedDirectory files, PauseSeal seal) {
    byte[] envelope;
    try {
      envelope = Files.readAllBytes(files.key());
    } catch (IOException e) {
      throw unreadable(e);
    }
    try {
      return DataKey.unwrap(envelope, seal);
    } catch (DamagedException e) {
      throw new OmniRunException(
          ErrorCode.PAUSED_STATE_UNREADABLE,
          "the key of the paused sandbox does not open: it was changed, or this server has another"
              + " node.secret than the one that it was paused under",
          e);
    }
  }

  /**
   * Opens one of the other files. The caller closes it.
   *
   * @throws OmniRunException PAUSED_STATE_UNREADABLE
   */
  public static SealedInput open(Path file, DataKey key) {
    try {
      return SealedInput.open(file, key);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static OmniRunException unreadable(IOException cause) {
    return new OmniRunException(
        ErrorCode.PAUSED_STATE_UNREADABLE,
        "files of the paused sandbox are missing on this server or cannot be read",
        cause);
  }

  /**
   * Reads the shape with which {@link #writeDisk} begins.
   *
   * @throws OmniRunException PAUSED_STATE_INCOMPATIBLE
   */
  public static MachineShape shape(DataInputStream disk) throws DamagedException {
    try {
      return MachineShape.read(disk);
    } catch (DamagedException e) {
      throw e;
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.PAUSED_STATE_INCOMPATIBLE,
          "the sandbox was paused by another version of OmniRun, which its operator must bring back",
          e);
    }
  }

  /** What a resume says whose files could not be read to their ends. */
  public static OmniRunException failure(IOException cause) {
    if (cause instanceof DamagedException) {
      return new OmniRunException(
          ErrorCode.PAUSED_STATE_DAMAGED,
          "what was kept of the paused sandbox is damaged: it cannot be resumed unless its files are"
              + " brought back",
          cause);
    }
    return new OmniRunException(
        ErrorCode.NO_SPACE, "the paused sandbox could not be read back on this server", cause);
  }
}
