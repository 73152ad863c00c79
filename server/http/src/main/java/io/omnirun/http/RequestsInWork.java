package io.omnirun.http;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts requests, so that a shutdown can wait for them. Thread-safe. */
final class RequestsInWork {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition drained = lock.newCondition();
  private int count;
  private boolean draining;

  /** Counts a request in; false, and not counted, once {@link #drain} has been called. */
  boolean begin() {
    lock.lock();
    try {
      if (!draining) {
        count++;
      }
      return !draining;
    } finally {
      lock.unlock();
    }
  }

  /** Counts one out that {@link #begin} had counted in. */
  void end() {
    lock.lock();
    try {
      count--;
      if (count == 0) {
        drained.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Admits no more and waits until none is left; returns how many are left when {@code patience} is
   * over or the thread is interrupted, which it stays.
   */
  int drain(Duration patience) {
    lock.lock();
    try {
      draining = true;
      long remainingNanos = patience.toNanos();
      while (count > 0 && remainingNanos > 0) {
        remainingNanos = drained.awaitNanos(remainingNanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    return inWork();
  }

  private int inWork() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }
}
