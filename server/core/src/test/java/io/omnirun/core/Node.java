package io.omnirun.core;

import io.omnirun.core.ports.Credentials;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.SizeClass;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The use cases over remembered machines and rows. */
final class Node implements AutoCloseable {
  static final SizeClass SMALL = new SizeClass(1, 256, 64);
  static final SizeClass LARGE = new SizeClass(2, 1024, 128);
  static final GoldenSnapshot GOLDEN = new GoldenSnapshot("abcdef0123456789", "base", SMALL);

  static final PreviewSettings PREVIEWS =
      new PreviewSettings(new PreviewUrls("http", "localhost", OptionalInt.of(8_080)), true, true);

  private static final Backoff RETRY_PAUSES =
      new Backoff(Duration.ofMillis(1), Duration.ofMillis(2));

  final FakeMachineDriver driver = new FakeMachineDriver();
  final FakePausedMachines paused = new FakePausedMachines(driver);
  final InMemorySandboxStore store = new InMemorySandboxStore(3);
  final InMemoryExposureStore exposures = new InMemoryExposureStore(store);
  final FakeGuestNetwork network = new FakeGuestNetwork();
  final InMemoryAccountStore accounts = new InMemoryAccountStore();
  final Account owner = new Account(AccountId.random(), "owner", 3);
  final Account stranger = new Account(AccountId.random(), "stranger", 3);

  /** What vaults hold. */
  volatile Credentials credentials = Credentials.NONE;

  final UseCases useCases;

  Node(int maxSandboxes) {
    this(maxSandboxes, Duration.ZERO);
  }

  /**
   * @param idleLimit zero: none
   */
  Node(int maxSandboxes, Duration idleLimit) {
    this(maxSandboxes, idleLimit, Clock.systemUTC());
  }

  Node(int maxSandboxes, Duration idleLimit, Clock clock) {
    Template base =
        new Template(
            "base", List.of("alias"), List.of(SMALL, LARGE), Duration.ofMinutes(5), Map.of(), 0);
    useCases =
        UseCases.create(
            new UseCases.Settings(
                "node", new byte[32], maxSandboxes, RETRY_PAUSES, idleLimit, PREVIEWS),
            new UseCases.Ports(
                store,
                accounts,
                accounts,
                driver,
                paused,
                (template, size) -> new GoldenSnapshot(GOLDEN.hash(), template.name(), size),
                clock,
                Telemetry.NONE,
                owner -> credentials.of(owner),
                network,
                exposures),
            new Templates(List.of(base)));
  }

  static CreateRequest request() {
    return new CreateRequest("base", Optional.empty(), 0, 0, Map.of(), Map.of());
  }

  /** One that asks for at least so much disk. */
  static CreateRequest requestWithDisk(int diskMib) {
    return new CreateRequest(
        "base",
        Optional.empty(),
        0,
        0,
        diskMib,
        Map.of(),
        Map.of(),
        false,
        false,
        Optional.empty(),
        false,
        NetworkPolicy.AIR_GAP,
        Optional.empty());
  }

  static CreateRequest requestWithVault() {
    return new CreateRequest(
        "base",
        Optional.empty(),
        0,
        0,
        0,
        Map.of(),
        Map.of(),
        false,
        false,
        Optional.empty(),
        true,
        NetworkPolicy.AIR_GAP,
        Optional.empty());
  }

  @Override
  public void close() throws Exception {
    useCases.pool().close();
    useCases.timers().close();
  }
}
