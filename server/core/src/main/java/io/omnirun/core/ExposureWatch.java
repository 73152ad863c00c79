package io.omnirun.core;

import io.omnirun.core.ports.ExposureStore;
import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.Machine;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureId;
import io.omnirun.model.ExposureStatus;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out when something listens behind exposures: it tries to connect, after growing pauses, for
 * as long as one is pending. A guest is asked only while it runs; while it is paused, which may be
 * for days, the database is asked now and then whether there is anything to wait for. Thread-safe.
 */
final class ExposureWatch {
  /** So soon after it was made something is looked for; people wait for it. */
  static final Duration FIRST_PAUSE = Duration.ofMillis(250);

  /** No more often for long: an emulated guest spends milliseconds on each try. */
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /** So often one whose sandbox does not run here is read again: there may be thousands. */
  static final Duration READING_INTERVAL = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(ExposureWatch.class);
  private static final Backoff PAUSES = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);

  private record Timer(ExposureId exposure) {}

  /**
   * @param exposure as it was read last
   * @param readAgainAt not before then, if its sandbox does not run here
   */
  private record Pending(Exposure exposure, Instant readAgainAt) {}

  private final ExposureStore store;
  private final LiveSandboxes live;
  private final Deadlines timers;
  private final PreviewUrls urls;
  private final Clock clock;
  private final Set<ExposureId> watched = ConcurrentHashMap.newKeySet();

  ExposureWatch(
      ExposureStore store, LiveSandboxes live, Deadlines timers, PreviewUrls urls, Clock clock) {
    this.store = store;
    this.live = live;
    this.timers = timers;
    this.urls = urls;
    this.clock = clock;
  }

  /** Waits for something behind an exposure that is pending. */
  void begin(Exposure exposure) {
    watched.add(exposure.id());
    arm(new Pending(exposure, clock.instant()), PAUSES.first());
  }

  /** Waits for it no more. */
  void end(ExposureId exposure) {
    watched.remove(exposure);
    timers.cancel(new Timer(exposure));
  }

  /** How many are waited for. */
  int watchedCount() {
    return watched.size();
  }

  private void arm(Pending pending, Duration pause) {
    timers.arm(
        new Timer(pending.exposure().id()),
        clock.instant().plus(pause),
        () -> tryToLook(pending, pause));
  }

  /** A database that fails meanwhile is asked again. */
  private void tryToLook(Pending pending, Duration pause) {
    Exposure exposure = pending.exposure();
    if (!watched.contains(exposure.id())) {
      return;
    }
    Optional<Pending> left = Optional.of(pending);
    try {
      left = look(pending);
    } catch (OmniRunException e) {
      log.warn("what is behind {} could not be recorded, that is tried again", exposure, e);
    }
    left.ifPresentOrElse(
        still -> arm(still, PAUSES.after(pause)), () -> watched.remove(exposure.id()));
  }

  /** What is left to wait for. */
  private Optional<Pending> look(Pending pending) {
    Instant now = clock.instant();
    Exposure exposure = pending.exposure();
    boolean runs = live.find(exposure.account(), exposure.sandbox()).isPresent();
    if (!now.isBefore(exposure.ownEnd()) || !runs && !now.isBefore(pending.readAgainAt())) {
      return reread(exposure)
          .filter(row -> row.status() == ExposureStatus.PENDING && !becomesReady(row))
          .map(row -> new Pending(row, now.plus(READING_INTERVAL)));
    }
    // When it does not run any more it is read at once: it may have been killed.
    Pending still = runs ? new Pending(exposure, now) : pending;
    return Optional.of(still).filter(one -> !becomesReady(exposure));
  }

  private Optional<Exposure> reread(Exposure exposure) {
    return store
        .find(exposure.account(), exposure.sandbox(), exposure.id())
        .map(row -> row.at(clock.instant()));
  }

  /**
   * An exposure as it is now: one that is pending is looked at. Blocks for the guest.
   *
   * @param exposure as it was just read
   */
  Exposure lookAt(Exposure exposure) {
    boolean ready = exposure.status() == ExposureStatus.PENDING && becomesReady(exposure);
    return ready ? reread(exposure).orElse(exposure) : exposure;
  }

  /** Whether it is pending no more, for something listens. */
  private boolean becomesReady(Exposure exposure) {
    boolean listens =
        live.find(exposure.account(), exposure.sandbox())
            .map(Machine::guest)
            .map(guest -> listens(guest, exposure))
            .orElse(false);
    if (listens) {
      Instant now = clock.instant();
      if (store.markReady(exposure.account(), exposure.id(), urls.url(exposure), now)) {
        log.debug("something listens behind {}", exposure);
      }
    }
    return listens;
  }

  private static boolean listens(Guest guest, Exposure exposure) {
    try (SocketChannel stream = guest.dial(exposure.port())) {
      return stream.isOpen();
    } catch (OmniRunException e) {
      if (e.code() != ErrorCode.PORT_CLOSED) {
        log.debug("whether something listens behind {} cannot be said now", exposure, e);
      }
      return false;
    } catch (IOException e) {
      log.debug("a stream to {} was not closed cleanly", exposure, e);
      return true;
    }
  }
}
