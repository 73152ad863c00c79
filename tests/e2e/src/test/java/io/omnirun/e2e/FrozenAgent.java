package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.ApiClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** An agent that is stopped by a debugger in its guest: its VMM lives, and nobody answers. */
final class FrozenAgent {
  /** Stops all threads of the agent; they run on when this program has ended. */
  private static final String DEBUGGER =
      """
      import ctypes, os, time
      libc = ctypes.CDLL(None, use_errno=True)
      SEIZE, INTERRUPT = 0x4206, 0x4207
      seized = set()
      for attempt in range(3):
          for thread in set(map(int, os.listdir("/proc/1/task"))) - seized:
              if libc.ptrace(SEIZE, thread, 0, 0) == 0:
                  libc.ptrace(INTERRUPT, thread, 0, 0)
                  seized.add(thread)
      time.sleep(%d)
      """;

  /** No command without work takes so long. */
  private static final Duration SILENCE = Duration.ofSeconds(8);

  private FrozenAgent() {}

  /**
   * Returns when it answers no more.
   *
   * @param time by the guest's clock
   */
  static void freeze(ApiClient client, String id, Duration time) {
    client.writeFile(id, "/tmp/debugger.py", DEBUGGER.formatted(time.toSeconds())).expect(200);
    client.run(id, Map.of("command", "python3 /tmp/debugger.py", "background", true)).expect(200);
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> !answers(client, id));
  }

  private static boolean answers(ApiClient client, String id) {
    return CompletableFuture.supplyAsync(
            () -> client.run(id, "true").status() == 200, Thread::startVirtualThread)
        .completeOnTimeout(false, SILENCE.toSeconds(), TimeUnit.SECONDS)
        .join();
  }

  static void awaitThawed(ApiClient client, String id) {
    Awaitility.await()
        .atMost(240, TimeUnit.SECONDS)
        .until(() -> client.run(id, "echo alive").status() == 200);
    assertThat(client.output(id, "echo alive")).isEqualTo("alive");
  }
}
