package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The FAKE Firecracker's clones that wait in the pool, in the launcher's own walls. */
class FakeFirecrackerPoolTest extends FakeFirecrackerServer {
  /**
   * Clones are made one after the other: when the second one's VMM is there, the first is ready.
   */
  private static final int POOL = 2;

  @Override
  boolean isJailed() {
    return false;
  }

  @Override
  Map<String, String> settings() {
    return Map.of("pool", "base=" + POOL);
  }

  private List<ProcessHandle> awaitPoolWithout(List<ProcessHandle> gone) {
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(
            () ->
                server().vmms().size() == POOL
                    && server().vmms().stream().noneMatch(gone::contains));
    return server().vmms();
  }

  @Test
  void aCreateIsGivenTheCloneThatIsReadyAndAnotherTakesItsPlace() {
    List<ProcessHandle> pooled = awaitPoolWithout(List.of());
    String id = client().createSandbox();
    assertThat(client().output(id, "echo alive")).isEqualTo("alive");
    client().delete("/sandboxes/" + id).expect(204);
    List<ProcessHandle> ended = pooled.stream().filter(vmm -> !vmm.isAlive()).toList();
    assertThat(ended).as("it was one of the pool's").hasSize(1);
    awaitPoolWithout(ended);
  }

  @Test
  void clonesThatDieWhileTheyWaitAreReplaced() {
    List<ProcessHandle> dead = awaitPoolWithout(List.of());
    dead.forEach(ProcessHandle::destroyForcibly);
    awaitPoolWithout(dead);
    String id = client().createSandbox();
    assertThat(client().output(id, "echo alive")).isEqualTo("alive");
    client().delete("/sandboxes/" + id).expect(204);
  }
}
