package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The same with clones that have waited in the pool, which have run commands before. */
class PooledIdentityTest extends UniqueIdentityTest {
  /**
   * One more than a test wants: clones are made one after the other, so that when the last one's
   * VMM is there, all others are ready.
   */
  private static final int POOL = MOST_AT_A_TIME + 1;

  private List<ProcessHandle> pooled = List.of();

  @Override
  Map<String, String> settings() {
    return Map.of("pool", "base=" + POOL);
  }

  @BeforeEach
  void awaitClones() {
    Awaitility.await().atMost(300, TimeUnit.SECONDS).until(() -> server().vmms().size() == POOL);
    pooled = server().vmms();
  }

  @AfterEach
  void sandboxesWereClonesOfThePool() {
    assertThat(pooled.stream().filter(vmm -> !vmm.isAlive())).hasSize(created());
  }
}
