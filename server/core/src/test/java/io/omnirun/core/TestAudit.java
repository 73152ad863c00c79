package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.AuditLog;
import io.omnirun.core.ports.AuditQuery;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditEntry;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Origin;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TestAudit {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final OmniRunException REFUSAL =
      new OmniRunException(ErrorCode.CONCURRENT_LIMIT, "limit reached");

  private final SetClock clock = new SetClock();
  private final Entries entries = new Entries();
  private final Audit audit = new Audit(entries, clock);
  private final AccountId account = AccountId.random();

  @Test
  void whatIsRepeatedIsWrittenOnceAMinuteAndCounted() {
    for (int i = 0; i < 100; i++) {
      audit.refused(account, REFUSAL);
    }
    assertThat(details()).containsExactly("limit reached");
    clock.now = NOON.plus(Audit.PAUSE);
    audit.refused(account, REFUSAL);
    clock.now = NOON.plus(Audit.PAUSE.multipliedBy(3));
    audit.refused(account, REFUSAL);
    assertThat(details())
        .containsExactly(
            "limit reached", "limit reached; and 99 more since the entry before", "limit reached");
  }

  @Test
  void otherAccountsAndLimitsAreOnTheirOwn() {
    audit.refused(account, REFUSAL);
    audit.refused(AccountId.random(), REFUSAL);
    audit.refused(account, new OmniRunException(ErrorCode.VAULT_LIMIT, "another"));
    audit.credentialsListed(account);
    assertThat(entries.written).hasSize(4);
  }

  @Test
  void clockThatIsSetBackHidesNothingForLong() {
    audit.refused(account, REFUSAL);
    clock.now = NOON.minus(Duration.ofDays(1));
    audit.refused(account, REFUSAL);
    assertThat(entries.written).hasSize(2);
  }

  @Test
  void databaseThatFailsIsNoMatterToTheCaller() {
    entries.failing = true;
    audit.refused(account, REFUSAL);
    assertThat(entries.written).isEmpty();
  }

  @Test
  void whoActsIsKnownInItsThreadAlone() throws InterruptedException {
    Origin somebody = new Origin("tok_1", Optional.of("192.0.2.7"));
    List<Origin> seen = new ArrayList<>();
    CurrentOrigin.during(
        somebody,
        () -> {
          seen.add(CurrentOrigin.get());
          Thread other = Thread.startVirtualThread(() -> seen.add(CurrentOrigin.get()));
          other.join();
        });
    seen.add(CurrentOrigin.get());
    assertThat(seen).containsExactly(somebody, Origin.SERVER, Origin.SERVER);
  }

  @Test
  void oldEntriesGoInBatchesUntilNoneIsLeft() {
    try (AuditPruning pruning = new AuditPruning(entries, Duration.ofDays(90), clock)) {
      entries.old = 2 * AuditPruning.BATCH + 1;
      assertThat(pruning.prune()).isEqualTo(2 * AuditPruning.BATCH + 1);
      assertThat(entries.prunedBefore).isEqualTo(NOON.minus(Duration.ofDays(90)));
      assertThat(pruning.prune()).isZero();
    }
  }

  private List<String> details() {
    return entries.written.stream().map(entry -> entry.detail().orElse("")).toList();
  }

  private static final class SetClock extends Clock {
    private Instant now = NOON;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  private static final class Entries implements AuditLog {
    private final List<AuditEntry> written = new ArrayList<>();
    private boolean failing;
    private int old;
    private Instant prunedBefore = Instant.MIN;

    @Override
    public void record(AuditEntry entry) {
      if (failing) {
        throw new OmniRunException(ErrorCode.INTERNAL, "as told");
      }
      written.add(entry);
    }

    @Override
    public List<AuditEntry> list(AuditQuery query) {
      return written;
    }

    @Override
    public int prune(Instant before, int limit) {
      prunedBefore = before;
      int removed = Math.min(old, limit);
      old -= removed;
      return removed;
    }
  }
}
