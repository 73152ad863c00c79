package io.omnirun.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.omnirun.core.ports.Mailer.Mail;
import io.omnirun.model.EmailAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class MailQueueTest {
  private static final Mail MAIL = new Mail(new EmailAddress("ada@example.org"), "s", "t");
  private static final List<Duration> SHORT_PAUSES =
      List.of(Duration.ofMillis(1), Duration.ofMillis(1));

  private final AtomicInteger attempts = new AtomicInteger();

  @Test
  void mailThatIsNotTakenIsTriedAgain() {
    try (MailQueue queue = queue(2)) {
      queue.send(MAIL);
      await().until(() -> attempts.get() == 3);
    }
  }

  @Test
  void mailThatNobodyTakesIsGivenUpAndTheNextOneGoes() {
    try (MailQueue queue = queue(3)) {
      queue.send(MAIL);
      await().until(() -> attempts.get() == 3);
      queue.send(MAIL);
      await().until(() -> attempts.get() == 4);
    }
  }

  private MailQueue queue(int failures) {
    return new MailQueue(
        mail -> {
          if (attempts.incrementAndGet() <= failures) {
            throw new IOException("as told");
          }
        },
        SHORT_PAUSES);
  }

  @Test
  void callerNeitherWaitsForAServerThatHangsNorFillsTheMemory() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    try (MailQueue queue =
        new MailQueue(
            mail -> {
              attempts.incrementAndGet();
              awaitQuietly(hanging);
            },
            List.of())) {
      for (int i = 0; i < MailQueue.MAX_WAITING + 10; i++) {
        queue.send(MAIL);
      }
      hanging.countDown();
      await().until(() -> attempts.get() == MailQueue.MAX_WAITING);
      queue.send(MAIL);
      await().until(() -> attempts.get() == MailQueue.MAX_WAITING + 1);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Test
  void nothingOfAMailIsShown() {
    assertThat(MAIL.toString()).doesNotContain("ada").doesNotContain("t,");
  }
}
