package io.omnirun.store;

import io.omnirun.model.AccountId;
import io.omnirun.model.EventId;
import io.omnirun.model.EventType;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureId;
import io.omnirun.model.Sandbox;
import java.time.Clock;
import java.time.Instant;
import java.util.function.ToIntFunction;

/**
 * Makes exposures ready and keeps, in one transaction, the event that tells of it for those
 * webhooks that want it. Thread-safe.
 *
 * @param clock dates the events
 * @param eventsKept is run when there is something to deliver; must return at once
 */
record ReadyEvents(Clock clock, Runnable eventsKept) {
  private record Outcome(boolean changed, int kept) {}

  /**
   * Runs the statement that makes an exposure ready; answers whether it did.
   *
   * @param url of the exposure
   * @param change answers how many rows it has changed
   */
  boolean tell(
      Daos<ExposureDao> daos,
      AccountId account,
      ExposureId id,
      String url,
      ToIntFunction<ExposureDao> change) {
    Outcome outcome =
        daos.writeAtomically(
            dao -> {
              boolean changed = change.applyAsInt(dao) == 1;
              return new Outcome(changed, changed ? keep(dao, account, id, url) : 0);
            });
    if (outcome.kept() > 0) {
      eventsKept.run();
    }
    return outcome.changed();
  }

  private int keep(ExposureDao dao, AccountId account, ExposureId id, String url) {
    if (!dao.hasWebhooks(account.value())) {
      return 0;
    }
    Exposure exposure = dao.findExposure(account.value(), id.value()).orElseThrow();
    Sandbox sandbox = dao.find(account.value(), exposure.sandbox().value()).orElseThrow();
    Instant now = clock.instant();
    EventId event = EventId.random();
    return Outbox.keep(
        dao,
        account,
        event,
        EventType.EXPOSURE_READY,
        EventJson.ofExposure(event, EventType.EXPOSURE_READY, now, sandbox, exposure, url),
        now);
  }
}
