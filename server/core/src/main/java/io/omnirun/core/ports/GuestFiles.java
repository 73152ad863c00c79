package io.omnirun.core.ports;

import io.omnirun.model.FileChange;
import io.omnirun.model.FileEntry;
import java.io.InputStream;
import java.util.Optional;

/**
 * The files of a guest, with the rights of one of its users. Relative paths start at the user's
 * home. Calls block; besides what {@link Guest} says they throw FILE_NOT_FOUND, NOT_A_FILE,
 * NOT_A_DIRECTORY, INVALID_PATH, PERMISSION_DENIED and USER_NOT_FOUND. Thread-safe.
 */
public interface GuestFiles {
  /** Describes what is at a path; a symbolic link is there wherever it leads. */
  FileEntry stat(String path, String user);

  /**
   * What is in a directory, names in order, each directory before what is in it; links are not
   * followed. The caller closes it.
   *
   * @param depth 1: what is in the directory itself
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST if there is more than a guest lists
   */
  GuestSequence<FileEntry> list(String path, int depth, String user);

  /** Renames, making the parents of {@code to}; a file that is there is replaced. */
  FileEntry rename(String from, String to, String user);

  /** Makes a directory and its parents; one that is there is left as it is. */
  void makeDirectory(String path, String user);

  /**
   * Removes a path with all below it; a symbolic link, alone.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST if something is mounted there
   */
  void remove(String path, String user);

  /**
   * Opens a regular file. The caller closes it.
   *
   * @param range which part of it; empty: all
   * @throws io.omnirun.model.OmniRunException RANGE_NOT_SATISFIABLE
   */
  FileContent open(String path, String user, Optional<FileRange> range);

  /** As {@link Guest#writeFile}. */
  void write(String path, String user, InputStream content);

  /**
   * What changes in a directory from now on. The caller closes it.
   *
   * @throws io.omnirun.model.OmniRunException CAPACITY_EXHAUSTED if the guest is watched by as many
   *     as may; INVALID_REQUEST if there are more directories than can be watched
   */
  GuestSequence<FileChange> watch(String path, boolean recursive, String user);
}
