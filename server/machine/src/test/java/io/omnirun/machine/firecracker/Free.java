package io.omnirun.machine.firecracker;

/**
 * A file system of which nothing is ever taken.
 *
 * @param bytes how large it is
 */
record Free(long bytes) implements MemoryRoom.Space {
  @Override
  public long freeBytes() {
    return bytes;
  }

  @Override
  public long totalBytes() {
    return bytes;
  }
}
