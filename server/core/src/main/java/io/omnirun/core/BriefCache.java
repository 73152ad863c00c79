package io.omnirun.core;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Remembers for a moment what a slow question has answered, and has it asked again before that is
 * over ({@link Renewals}). What was asked before {@link #invalidate} is not answered after it, even
 * if it was under way. Thread-safe; the question may be asked by several threads at once.
 */
public final class BriefCache<K, V> {
  private record Answer<V>(V value, long generation, long atNanos, AtomicBoolean isRenewed) {
    /** The one that was asked for later: who asked earlier may be told later. */
    Answer<V> later(Answer<V> other) {
      return atNanos - other.atNanos > 0 ? this : other;
    }
  }

  private final long lifeNanos;
  private final int maxEntries;
  private final LongSupplier nanoClock;
  private final Function<K, V> question;
  private final Renewals renewals;
  private final ConcurrentHashMap<K, Answer<V>> answers = new ConcurrentHashMap<>();
  private final AtomicLong generation = new AtomicLong();

  /**
   * @param maxEntries when there are more all are forgotten: names that are made up fill no memory
   * @param nanoClock {@link System#nanoTime} or one like it
   */
  public BriefCache(
      Duration life, int maxEntries, LongSupplier nanoClock, Function<K, V> question) {
    this(life, maxEntries, nanoClock, question, Thread::startVirtualThread);
  }

  /**
   * @param background where answers are renewed
   */
  BriefCache(
      Duration life,
      int maxEntries,
      LongSupplier nanoClock,
      Function<K, V> question,
      Executor background) {
    this.renewals = new Renewals(life, background);
    this.lifeNanos = life.toNanos();
    this.maxEntries = maxEntries;
    this.nanoClock = nanoClock;
    this.question = question;
  }

  /** The answer, asked for now or a moment ago. */
  public V get(K key) {
    Answer<V> known = answers.get(key);
    if (known != null && isGood(known)) {
      renewals.consider(age(known), known.isRenewed(), () -> ask(key));
      return known.value();
    }
    return ask(key);
  }

  private V ask(K key) {
    long before = generation.get();
    long asked = nanoClock.getAsLong();
    V value = question.apply(key);
    if (answers.size() >= maxEntries && !answers.containsKey(key)) {
      answers.clear();
    }
    answers.merge(key, new Answer<>(value, before, asked, new AtomicBoolean()), Answer::later);
    return value;
  }

  private boolean isGood(Answer<V> answer) {
    return answer.generation() == generation.get() && age(answer) < lifeNanos;
  }

  private long age(Answer<V> answer) {
    return nanoClock.getAsLong() - answer.atNanos();
  }

  /** Forgets everything. */
  public void invalidate() {
    generation.incrementAndGet();
  }
}
