package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.MachineId;
import io.omnirun.model.SandboxId;
import io.omnirun.network.NameResolver.Resolution;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NameRefreshTest {
  private static final NameAddresses DUE =
      new NameAddresses(List.of(), List.of(), Duration.ZERO, true);

  private final Semaphore slowRounds = new Semaphore(0);
  private final Semaphore otherRounds = new Semaphore(0);
  private final AtomicInteger slow = new AtomicInteger();
  private final CountDownLatch answer = new CountDownLatch(1);
  private final GuestTable guests = new GuestTable();
  private final NameRefresh refresh =
      new NameRefresh(
          guests,
          new ExactNames(
              name -> {
                if (name.value().equals("slow.example")) {
                  slow.incrementAndGet();
                  slowRounds.release();
                  await(answer);
                } else {
                  otherRounds.release();
                }
                return new Resolution(List.of(), Duration.ofMinutes(1));
              },
              address -> true,
              Duration.ofSeconds(50)));

  @AfterEach
  void close() {
    answer.countDown();
    refresh.close();
  }

  @Test
  void aGuestHasOneRoundAtATime() throws InterruptedException {
    LinkedGuest patient = guest("slow.example", "100.64.0.2");
    LinkedGuest other = guest("other.example", "100.64.0.6");
    refresh.later(patient, DUE);
    slowRounds.acquire();
    refresh.later(patient, DUE);
    for (int i = 0; i < 2; i++) { // What is due when the second begins was so in the first, too.
      refresh.later(other, DUE);
      otherRounds.acquire();
    }
    assertThat(slow).hasValue(1);
    answer.countDown();
    slowRounds.acquire(); // The turn that came meanwhile is not lost.
    assertThat(slow).hasValue(2);
  }

  private LinkedGuest guest(String denied, String address) {
    LinkedGuest guest =
        new LinkedGuest(
            SandboxId.random(),
            MachineId.random(),
            new GuestLinksTest.Willing(),
            new EgressLog(InstantSource.system(), Telemetry.NONE),
            TestGuest.open(denied));
    guests.put(guest, Loopback.address(address));
    return guest;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
