package io.omnirun.mail;

import io.omnirun.core.ports.Mailer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends mails beside the calls that want them sent, and tries again what was not taken. It lives in
 * memory alone: mails hold secrets in the clear, which no disk is to keep; what a crash loses,
 * people ask for again.
 */
public final class MailQueue implements Mailer, AutoCloseable {
  /** Each is a kilobyte; more than a slow server is behind by. */
  static final int MAX_WAITING = 1_000;

  /** Within the ten minutes for which a code is good. */
  private static final List<Duration> USUAL_PAUSES =
      List.of(
          Duration.ofSeconds(5),
          Duration.ofSeconds(20),
          Duration.ofMinutes(1),
          Duration.ofMinutes(3));

  /** A server that hangs holds one up, not all. */
  private static final int SENDERS = 4;

  private static final Logger log = LoggerFactory.getLogger(MailQueue.class);

  private final MailTransport transport;
  private final List<Duration> pauses;
  private final AtomicInteger waiting = new AtomicInteger();
  private final ScheduledExecutorService senders =
      Executors.newScheduledThreadPool(
          SENDERS, Thread.ofPlatform().daemon().name("mail-", 0).factory());

  public MailQueue(MailTransport transport) {
    this(transport, USUAL_PAUSES);
  }

  MailQueue(MailTransport transport, List<Duration> pauses) {
    this.transport = transport;
    this.pauses = List.copyOf(pauses);
  }

  @Override
  public void send(Mail mail) {
    if (waiting.incrementAndGet() > MAX_WAITING) {
      waiting.decrementAndGet();
      log.error("{} mails wait already: another one was dropped", MAX_WAITING);
      return;
    }
    schedule(mail, 0, Duration.ZERO);
  }

  private void schedule(Mail mail, int failures, Duration pause) {
    try {
      senders.schedule(() -> attempt(mail, failures), pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.warn("the server ends with a mail unsent", e);
    }
  }

  private void attempt(Mail mail, int failures) {
    try {
      transport.deliver(mail);
      waiting.decrementAndGet();
    } catch (IOException | RuntimeException e) {
      if (failures < pauses.size()) {
        log.warn("a mail was not taken and is tried again", e);
        schedule(mail, failures + 1, pauses.get(failures));
      } else {
        log.error("a mail was given up", e);
        waiting.decrementAndGet();
      }
    }
  }

  /** Leaves unsent what waits. */
  @Override
  public void close() {
    senders.shutdownNow();
  }
}
