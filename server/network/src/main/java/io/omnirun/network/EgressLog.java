package io.omnirun.network;

import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.EgressCounters;
import io.omnirun.model.EgressEntry;
import io.omnirun.model.EgressEntry.Transfer;
import io.omnirun.model.EgressEvent;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one sandbox tried lately, and how often it tried anything at all. Used by many threads; none
 * of its methods waits for anything but another of them.
 */
public final class EgressLog {
  /** Entries that are kept: some 300 KB of names as long as they can be, a third of it usually. */
  public static final int MAX_ENTRIES = 1_000;

  private final InstantSource clock;
  private final Telemetry telemetry;
  private final @Nullable EgressEntry[] ring = new EgressEntry[MAX_ENTRIES];
  private long last;
  private long allowed;
  private long blocked;
  private long bytesUp;
  private long bytesDown;

  /**
   * @param telemetry is told of every entry, without whose it is
   */
  public EgressLog(InstantSource clock, Telemetry telemetry) {
    this.clock = clock;
    this.telemetry = telemetry;
  }

  /** Adds an entry and says its sequence number. */
  public synchronized long record(EgressEvent event) {
    last++;
    ring[slot(last)] = new EgressEntry(last, clock.instant(), event, Optional.empty());
    if (event.outcome() == EgressEvent.Outcome.BLOCKED) {
      blocked++;
    } else {
      allowed++;
    }
    telemetry.egress(event.kind(), event.outcome(), 1);
    return last;
  }

  /** Adds to the sums what has no entries. */
  public synchronized void count(EgressEvent.Kind kind, long moreAllowed, long moreBlocked) {
    allowed += moreAllowed;
    blocked += moreBlocked;
    telemetry.egress(kind, EgressEvent.Outcome.ALLOWED, moreAllowed);
    telemetry.egress(kind, EgressEvent.Outcome.BLOCKED, moreBlocked);
  }

  /** Adds to an entry what went through in all; once for each. */
  public synchronized void end(long sequence, Transfer transfer) {
    bytesUp += transfer.bytesUp();
    bytesDown += transfer.bytesDown();
    EgressEntry entry = ring[slot(sequence)];
    if (entry != null && entry.sequence() == sequence) {
      ring[slot(sequence)] = entry.ended(transfer);
    }
  }

  /**
   * The oldest entries after a sequence number, in order. Of those that are forgotten it begins
   * with the first that is not.
   */
  public synchronized List<EgressEntry> after(long sequence, int limit) {
    List<EgressEntry> found = new ArrayList<>();
    long first = Math.clamp(sequence, Math.max(0, last - MAX_ENTRIES), last) + 1;
    for (long next = first; next <= last && found.size() < limit; next++) {
      EgressEntry entry = ring[slot(next)];
      if (entry != null) {
        found.add(entry);
      }
    }
    return found;
  }

  /** All sums at one moment. */
  public synchronized EgressCounters counters() {
    return new EgressCounters(allowed, blocked, bytesUp, bytesDown);
  }

  private static int slot(long sequence) {
    return (int) (sequence % MAX_ENTRIES);
  }
}
