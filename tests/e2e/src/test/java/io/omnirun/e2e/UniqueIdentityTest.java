package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UniqueIdentityTest extends SharedServer {
  /** Sandboxes of one test. */
  static final int MOST_AT_A_TIME = 2;

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

  private final AtomicInteger created = new AtomicInteger();

  @BeforeEach
  void countFromZero() {
    created.set(0);
  }

  /** How many sandboxes the test has made, and ended. */
  final int created() {
    return created.get();
  }

  private <T> T inSandbox(Function<String, T> action) {
    String id = client().createSandbox();
    created.incrementAndGet();
    T result = action.apply(id);
    client().delete("/sandboxes/" + id).expect(204);
    return result;
  }

  @Test
  void sandboxesMadeTogetherShareNothingFromTheirFirstLineOn() throws Exception {
    try (ExecutorService together = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<List<String>> one = together.submit(() -> inSandbox(this::firstWords));
      Future<List<String>> other = together.submit(() -> inSandbox(this::firstWords));
      assertThat(one.get())
          .hasSize(9)
          .doesNotHaveDuplicates()
          .doesNotContainAnyElementsOf(other.get());
    }
  }

  private List<String> firstWords(String id) {
    return client().output(id, FIRST_WORDS).lines().toList();
  }

  @Test
  void clockIsRightWithinASecond() {
    inSandbox(
        id -> {
          Instant before = Instant.now();
          double guest = Double.parseDouble(client().output(id, "date +%s.%N"));
          Instant after = Instant.now();
          return assertThat(guest)
              .isBetween(before.toEpochMilli() / 1000.0 - 1, after.toEpochMilli() / 1000.0 + 1);
        });
  }

  @Test
  void hostNameIsTheSandboxesOwn() {
    inSandbox(
        id ->
            assertThat(client().output(id, "hostname; cat /etc/hostname"))
                .isEqualTo(id.substring(3) + "\n" + id.substring(3)));
  }
}
