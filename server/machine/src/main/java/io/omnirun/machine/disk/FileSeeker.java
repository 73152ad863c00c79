package io.omnirun.machine.disk;

import java.io.IOException;

/** {@code lseek(2)} on an open file. */
interface FileSeeker {
  /** What is looked for; the numbers are Linux's. */
  enum Whence {
    /** {@code SEEK_DATA}. */
    DATA(3),
    /** {@code SEEK_HOLE}; every file ends with one. */
    HOLE(4);

    private final int number;

    Whence(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  /**
   * The first offset at or after the given one where there is such a thing.
   *
   * @throws NativeCallException ENXIO if there is none before the file's end; EINVAL if the file
   *     system does not know its holes
   */
  long seek(long offset, Whence whence) throws IOException;
}
