package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/** The FAKE Firecracker's clones that wait in the pool. */
class FakeFirecrackerPoolTest extends FakeFirecrackerServer {
  @Override
  Map<String, String> settings() {
    return Map.of("pool", "base=1");
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(120, TimeUnit.SECONDS);
  }

  private ProcessHandle awaitWaiting() {
    await().until(() -> server().vmms().size() == 1);
    return server().vmms().getFirst();
  }

  @Test
  void aCreateIsGivenTheCloneThatWaitsAndAnotherTakesItsPlace() {
    ProcessHandle waiting = awaitWaiting();
    String id = client().createSandbox();
    assertThat(client().output(id, "hostname")).isEqualTo(id.substring(3));
    await().until(() -> server().vmms().size() == 2);
    assertThat(server().vmms()).contains(waiting);
    client().delete("/sandboxes/" + id).expect(204);
    assertThat(awaitWaiting()).as("it was the sandbox's").isNotEqualTo(waiting);
  }

  @Test
  void aCloneThatDiesWhileItWaitsIsReplaced() {
    ProcessHandle dead = awaitWaiting();
    dead.destroyForcibly();
    await().until(() -> isOneOther(server().vmms(), dead));
    String id = client().createSandbox();
    assertThat(client().output(id, "echo alive")).isEqualTo("alive");
    client().delete("/sandboxes/" + id).expect(204);
  }

  private static boolean isOneOther(List<ProcessHandle> vmms, ProcessHandle dead) {
    return vmms.size() == 1 && !vmms.contains(dead);
  }
}
