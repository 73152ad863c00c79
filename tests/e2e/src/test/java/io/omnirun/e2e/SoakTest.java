package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SoakTest extends SharedServer {
  private static final int ROUNDS = 200;

  /** How much memory the server takes is reported only: `./dev bench` holds it to its promise. */
  @Test
  @Tag("long")
  @Timeout(value = 90, unit = TimeUnit.MINUTES)
  void twoHundredSandboxesOneAfterTheOtherLeaveNothing() {
    long started = System.nanoTime();
    liveOnce();
    double before = server().residentMebibytesAfterCollection();
    for (int round = 1; round < ROUNDS; round++) {
      liveOnce();
    }
    double after = server().residentMebibytesAfterCollection();
    System.out.printf(
        "soak: %d rounds in %d s, the server's memory from %.1f to %.1f MiB%n",
        ROUNDS, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started), before, after);
    assertThat(server().leftovers()).isEmpty();
    assertThat(client().get("/sandboxes").json()).isEmpty();
  }

  private void liveOnce() {
    String id = client().createSandbox();
    assertThat(client().output(id, "hostname")).isEqualTo(id.substring(3));
    client().delete("/sandboxes/" + id).expect(204);
  }
}
