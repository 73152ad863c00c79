package io.omnirun.shelf;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One builder at a time in a directory, on this host. The kernel drops the lock when its process
 * ends, so no lock is ever stale. File locks belong to the whole process; the lock in memory keeps
 * its threads apart.
 */
public final class ShelfLock implements AutoCloseable {
  private static final ConcurrentMap<Path, ReentrantLock> THREAD_LOCKS = new ConcurrentHashMap<>();

  private final ReentrantLock threadLock;
  private final FileChannel channel;

  private ShelfLock(ReentrantLock threadLock, FileChannel channel) {
    this.threadLock = threadLock;
    this.channel = channel;
  }

  /** Waits for the lock; an interrupt ends the wait with an exception and stays set. */
  public static ShelfLock acquire(Path directory) throws IOException {
    Path file = directory.toRealPath().resolve(".lock");
    ReentrantLock threadLock = THREAD_LOCKS.computeIfAbsent(file, path -> new ReentrantLock());
    try {
      threadLock.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while another build was waited for", e);
    }
    try {
      return new ShelfLock(threadLock, lockFile(file));
    } catch (IOException | RuntimeException e) {
      threadLock.unlock();
      throw e;
    }
  }

  private static FileChannel lockFile(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, CREATE, WRITE);
    try {
      channel.lock();
      return channel;
    } catch (IOException | RuntimeException e) {
      try (channel) {
        throw e;
      }
    }
  }

  /** Gives the lock back; from the thread that acquired it. */
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      threadLock.unlock();
    }
  }
}
