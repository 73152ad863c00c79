package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class UniqueIdentityTest extends SharedServer {
  /** Each line is the very first of its kind that the clone's interpreter or kernel gives. */
  private static final String FIRST_WORDS =
      """
      head -c 16 /dev/urandom | od -An -tx1 | tr -d ' '
      python3 -c 'import uuid; print(uuid.uuid4())'
      python3 -c 'import random; print(random.random())'
      python3 -c 'print(hash("a"))'
      hostname
      cat /etc/machine-id
      cat /proc/sys/kernel/random/boot_id
      cat /sys/class/net/eth0/address
      bash -c 'echo $RANDOM$RANDOM$RANDOM'
      """;

  @Test
  void sandboxesMadeTogetherShareNothingFromTheirFirstLineOn() throws Exception {
    try (ExecutorService together = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<List<String>> one = together.submit(this::firstWords);
      Future<List<String>> other = together.submit(this::firstWords);
      assertThat(one.get())
          .hasSize(9)
          .doesNotHaveDuplicates()
          .doesNotContainAnyElementsOf(other.get());
    }
  }

  private List<String> firstWords() {
    String id = client().createSandbox();
    List<String> words = client().output(id, FIRST_WORDS).lines().toList();
    client().delete("/sandboxes/" + id).expect(204);
    return words;
  }

  @Test
  void clockIsRightWithinASecond() {
    String id = client().createSandbox();
    Instant before = Instant.now();
    double guest = Double.parseDouble(client().output(id, "date +%s.%N"));
    Instant after = Instant.now();
    assertThat(guest)
        .isBetween(before.toEpochMilli() / 1000.0 - 1, after.toEpochMilli() / 1000.0 + 1);
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void hostNameIsTheSandboxesOwn() {
    String id = client().createSandbox();
    assertThat(client().output(id, "hostname; cat /etc/hostname"))
        .isEqualTo(id.substring(3) + "\n" + id.substring(3));
    client().delete("/sandboxes/" + id).expect(204);
  }
}
