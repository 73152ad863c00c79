package io.omnirun.webhooks;

import io.omnirun.core.WebhookSecrets;
import io.omnirun.core.ports.DeliveryQueue;
import io.omnirun.model.Delivery;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.WebhookId;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers what waits for this node's webhooks, each event at least once: it leaves the queue when
 * its receiver has taken it. A webhook gets one event at a time, so that a slow receiver holds up
 * nobody but itself. Thread-safe.
 */
public final class WebhookDispatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WebhookDispatcher.class);

  /** Other nodes that share the database cannot wake this one. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  /** After the database has failed. */
  private static final Duration REST = Duration.ofSeconds(5);

  /**
   * Sockets and bodies in memory that receivers can hold at a time. Whoever has sent one event
   * stands in line again for the next: so one that is slow, with a long queue, keeps nobody waiting
   * for longer than a time-out.
   */
  private static final int MAX_AT_ONCE = 64;

  private final DeliveryQueue queue;
  private final WebhookSecrets secrets;
  private final RetryPlan plan;
  private final Clock clock;
  private final boolean privateAllowed;
  private final Semaphore news = new Semaphore(0);
  private final Semaphore places;
  private final Set<WebhookId> busy = ConcurrentHashMap.newKeySet();
  private final Thread thread = Thread.ofVirtual().name("webhooks").unstarted(this::run);
  private volatile boolean closed;
  private @Nullable WebhookSender sender;

  /**
   * Nothing is delivered before {@link #start}.
   *
   * @param privateAllowed whether receivers may have addresses that are not public
   */
  public WebhookDispatcher(
      DeliveryQueue queue,
      WebhookSecrets secrets,
      RetryPlan plan,
      Clock clock,
      boolean privateAllowed) {
    this(queue, secrets, plan, clock, privateAllowed, MAX_AT_ONCE);
  }

  WebhookDispatcher(
      DeliveryQueue queue,
      WebhookSecrets secrets,
      RetryPlan plan,
      Clock clock,
      boolean privateAllowed,
      int maxAtOnce) {
    this.places = new Semaphore(maxAtOnce, true);
    this.queue = queue;
    this.secrets = secrets;
    this.plan = plan;
    this.clock = clock;
    this.privateAllowed = privateAllowed;
  }

  /** Begins to deliver, with what an earlier process has left. Returns at once. */
  public void start() {
    thread.start();
  }

  /** There is something new to deliver. Returns at once. */
  public void wake() {
    news.release();
  }

  private void run() {
    boolean swept = false;
    while (!closed) {
      try {
        if (!swept) {
          queue.sweep();
          swept = true;
        }
        news.drainPermits();
        beginDue();
        await(untilNext());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        log.error("webhooks are delivered later", e);
        rest();
      }
    }
  }

  private void beginDue() {
    for (WebhookId webhook : queue.due(clock.instant())) {
      if (busy.add(webhook)) {
        Thread.startVirtualThread(() -> deliverAll(webhook));
      }
    }
  }

  private Duration untilNext() {
    Instant now = clock.instant();
    Duration wait =
        queue.nextAfter(now).map(next -> Duration.between(now, next)).orElse(LOOK_AGAIN);
    return wait.compareTo(LOOK_AGAIN) < 0 ? wait : LOOK_AGAIN;
  }

  private void await(Duration atMost) throws InterruptedException {
    // A millisecond more: what is due within this one must be due when it is looked for.
    boolean ignoredWoken = news.tryAcquire(atMost.toMillis() + 1, TimeUnit.MILLISECONDS);
  }

  private void rest() {
    try {
      await(REST);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  private void deliverAll(WebhookId webhook) {
    try {
      boolean more = true;
      while (!closed && more) {
        more = deliverNext(webhook);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("what waits for webhook {} is delivered later", webhook, e);
      holdBack();
    } finally {
      busy.remove(webhook);
      wake();
    }
  }

  /** A queue that is read and not written to would be delivered over and over. */
  private static void holdBack() {
    try {
      Thread.sleep(REST);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many webhooks wait for a place. */
  int waiting() {
    return places.getQueueLength();
  }

  /** Waits for a place; false if nothing is left to deliver now. */
  private boolean deliverNext(WebhookId webhook) throws InterruptedException {
    places.acquire();
    try {
      Optional<Delivery> next = closed ? Optional.empty() : queue.next(webhook, clock.instant());
      if (next.isPresent()) {
        deliver(next.get());
      }
      return next.isPresent();
    } finally {
      places.release();
    }
  }

  private void deliver(Delivery delivery) throws InterruptedException {
    Optional<String> problem = attempt(delivery);
    if (problem.isEmpty()) {
      queue.delivered(delivery);
    } else if (!closed) {
      handleFailure(delivery, problem.get());
    }
  }

  private void handleFailure(Delivery delivery, String problem) {
    Instant now = clock.instant();
    Optional<Instant> next = plan.next(delivery.createdAt(), delivery.attempts(), now);
    if (next.isPresent()) {
      queue.postpone(delivery, next.get(), problem);
    } else {
      log.warn("{} is given up: {}", delivery, problem);
      queue.giveUp(delivery, problem);
    }
  }

  private Optional<String> attempt(Delivery delivery) throws InterruptedException {
    String secret;
    try {
      secret = secrets.open(delivery.account(), delivery.webhook(), delivery.sealedSecret());
    } catch (OmniRunException e) {
      log.warn("{} cannot be signed", delivery, e);
      return Optional.of("the webhook's secret cannot be read: make the webhook anew");
    }
    long timestamp = clock.instant().getEpochSecond();
    Map<String, String> headers =
        Map.of(
            "X-OmniRun-Event", delivery.type(),
            "X-OmniRun-Delivery", delivery.event().value(),
            "X-OmniRun-Timestamp", Long.toString(timestamp),
            "X-OmniRun-Signature", Signature.of(secret, timestamp, delivery.body()));
    byte[] body = delivery.body().getBytes(StandardCharsets.UTF_8);
    return sender().post(delivery.url(), headers, body);
  }

  /** Made when it is needed first: its TLS takes a third of a second of a server's start. */
  private synchronized WebhookSender sender() {
    if (closed) {
      throw new IllegalStateException("nothing is delivered any more");
    }
    WebhookSender made = sender == null ? new WebhookSender(privateAllowed) : sender;
    sender = made;
    return made;
  }

  /** What is under way may arrive, and is delivered again after the next start then. */
  @Override
  public synchronized void close() {
    closed = true;
    wake();
    if (sender != null) {
      sender.close();
    }
  }
}
