package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.EgressCounters;
import io.omnirun.model.EgressEntry;
import io.omnirun.model.EgressEntry.Transfer;
import io.omnirun.model.EgressEvent;
import io.omnirun.model.EgressEvent.Kind;
import io.omnirun.model.EgressEvent.Outcome;
import io.omnirun.model.EgressEvent.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EgressLogTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private final EgressLog log = new EgressLog(() -> NOW, Telemetry.NONE);

  @Test
  void entriesArePagedBySequenceNumber() {
    for (int i = 0; i < 25; i++) {
      log.record(event("n" + i, Outcome.ALLOWED));
    }
    List<EgressEntry> all = new ArrayList<>();
    List<EgressEntry> page = log.after(0, 10);
    while (!page.isEmpty()) {
      all.addAll(page);
      page = log.after(all.getLast().sequence(), 10);
    }
    assertThat(all).extracting(EgressEntry::sequence).isSorted().hasSize(25).startsWith(1L);
    assertThat(all.getLast().event().name()).contains("n24");
    assertThat(all.getLast().at()).isEqualTo(NOW);
  }

  @Test
  void theOldestAreForgottenAndTheSumsAreNot() {
    long first = log.record(event("first", Outcome.BLOCKED));
    for (int i = 0; i < EgressLog.MAX_ENTRIES; i++) {
      log.record(event("n" + i, Outcome.ALLOWED));
    }
    log.end(first, new Transfer(5, 7));
    assertThat(log.after(0, Integer.MAX_VALUE)).hasSize(EgressLog.MAX_ENTRIES);
    assertThat(log.after(0, 1).getFirst().event().name()).contains("n0");
    assertThat(log.after(0, 1).getFirst().transfer()).isEmpty();
    assertThat(log.counters()).isEqualTo(new EgressCounters(EgressLog.MAX_ENTRIES, 1, 5, 7));
  }

  @Test
  void anEntryGetsWhatWentThroughWhenThatHasEnded() {
    long sequence = log.record(event("a", Outcome.LOGGED));
    log.end(sequence, new Transfer(1, 2));
    assertThat(log.after(0, 1).getFirst().transfer()).contains(new Transfer(1, 2));
    assertThat(log.after(sequence, 10)).isEmpty();
    assertThat(log.after(-5, 10)).hasSize(1);
    assertThat(log.after(Long.MAX_VALUE, 10)).isEmpty();
  }

  @Test
  void namesAreKeptAsFarAsTheyCanBeShown() {
    assertThat(event("a\nb\u001b" + "x".repeat(1_000), Outcome.BLOCKED).name().orElseThrow())
        .startsWith("a?b?x")
        .hasSize(253);
  }

  @Test
  void manyMayWriteAtOnce() throws InterruptedException {
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      writers.add(
          Thread.startVirtualThread(
              () -> {
                for (int j = 0; j < 1_000; j++) {
                  log.end(log.record(event("n", Outcome.ALLOWED)), new Transfer(1, 1));
                }
              }));
    }
    for (Thread writer : writers) {
      writer.join();
    }
    assertThat(log.counters()).isEqualTo(new EgressCounters(8_000, 0, 8_000, 8_000));
    assertThat(log.after(0, 2_000)).allMatch(entry -> entry.transfer().isPresent());
  }

  private static EgressEvent event(String name, Outcome outcome) {
    return new EgressEvent(
        Kind.TLS, Optional.of(name), Optional.empty(), 443, outcome, Reason.LISTED);
  }
}
