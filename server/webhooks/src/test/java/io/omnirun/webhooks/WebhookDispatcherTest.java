package io.omnirun.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.WebhookSecrets;
import io.omnirun.core.Webhooks;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.EventType;
import io.omnirun.webhooks.Receiver.Received;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WebhookDispatcherTest {
  private static final RetryPlan SOON =
      new RetryPlan(Duration.ofMillis(10), Duration.ofMillis(50), Duration.ofMinutes(10));

  private final Account account = new Account(AccountId.random(), "owner", 3);
  private final WebhookSecrets secrets = new WebhookSecrets(new byte[32]);
  private final InMemoryWebhooks store = new InMemoryWebhooks();
  private final Webhooks webhooks = new Webhooks(store, secrets, Clock.systemUTC(), true);
  private WebhookDispatcher dispatcher = dispatcher(SOON);

  private WebhookDispatcher dispatcher(RetryPlan plan) {
    return new WebhookDispatcher(store, secrets, plan, Clock.systemUTC(), true);
  }

  @AfterEach
  void close() {
    dispatcher.close();
  }

  @Test
  void receiverThatFailsFirstGetsTheSameEventUntilItTakesItAndThenNoMore() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    try (Receiver receiver =
        new Receiver(
            exchange ->
                exchange.sendResponseHeaders(requests.incrementAndGet() <= 3 ? 500 : 204, -1))) {
      dispatcher.start();
      Webhooks.NewWebhook hook = create(receiver);
      store.add(hook.webhook(), "{\"text\":\"grüße\"}");
      dispatcher.wake();
      Received first = take(receiver);
      for (int i = 0; i < 3; i++) {
        Received again = take(receiver);
        assertThat(again.delivery()).isEqualTo(first.delivery());
        assertThat(again.body()).isEqualTo("{\"text\":\"grüße\"}");
        assertSigned(hook.secret(), again);
      }
      awaitEmpty();
      store.add(hook.webhook(), "second");
      dispatcher.wake();
      assertThat(take(receiver).body()).isEqualTo("second");
      assertThat(store.lastError).contains("the receiver answered with status 500");
    }
  }

  @Test
  void slowReceiverHoldsUpNobodyElseAndGetsOneAtATime() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    try (Receiver slow =
            new Receiver(
                exchange -> {
                  awaitLatch(released);
                  exchange.sendResponseHeaders(204, -1);
                });
        Receiver quick = new Receiver(Receiver.status(204))) {
      dispatcher.start();
      Webhooks.NewWebhook slowHook = create(slow);
      Webhooks.NewWebhook quickHook = create(quick);
      store.add(slowHook.webhook(), "1");
      store.add(slowHook.webhook(), "2");
      dispatcher.wake();
      take(slow);
      for (int i = 0; i < 5; i++) {
        store.add(quickHook.webhook(), "q" + i);
        dispatcher.wake();
        assertThat(take(quick).body()).isEqualTo("q" + i);
      }
      assertThat(slow.received).isEmpty();
      released.countDown();
      assertThat(take(slow).body()).isEqualTo("2");
      awaitEmpty();
    }
  }

  @Test
  void oneWithALongQueueLetsOthersInBetween() throws Exception {
    dispatcher.close();
    dispatcher = new WebhookDispatcher(store, secrets, SOON, Clock.systemUTC(), true, 1);
    CountDownLatch othersWait = new CountDownLatch(1);
    try (Receiver busy =
            new Receiver(
                exchange -> {
                  awaitLatch(othersWait);
                  exchange.sendResponseHeaders(204, -1);
                });
        Receiver other = new Receiver(Receiver.status(204))) {
      Webhooks.NewWebhook busyHook = create(busy);
      for (int i = 0; i < 20; i++) {
        store.add(busyHook.webhook(), "b" + i);
      }
      dispatcher.start();
      take(busy);
      store.add(create(other).webhook(), "o");
      dispatcher.wake();
      Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> dispatcher.waiting() == 1);
      othersWait.countDown();
      take(other);
      assertThat(busy.received).hasSizeLessThan(3);
      awaitEmpty();
    }
  }

  @Test
  void whatAnEarlierProcessHasLeftIsDelivered() throws Exception {
    try (Receiver receiver = new Receiver(Receiver.status(204))) {
      store.add(create(receiver).webhook(), "left");
      dispatcher.start();
      assertThat(take(receiver).body()).isEqualTo("left");
    }
  }

  @Test
  void eventThatIsTooOldIsGivenUpAndCounted() throws Exception {
    dispatcher.close();
    dispatcher =
        dispatcher(new RetryPlan(Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofMillis(1)));
    try (Receiver receiver = new Receiver(Receiver.status(503))) {
      dispatcher.start();
      store.add(create(receiver).webhook(), "old");
      dispatcher.wake();
      awaitEmpty();
      assertThat(store.givenUp).hasValue(1);
      assertThat(store.lastError).contains("the receiver answered with status 503");
    }
  }

  private Webhooks.NewWebhook create(Receiver receiver) {
    return webhooks.create(account, receiver.url("127.0.0.1"), Set.of(EventType.SANDBOX_CREATED));
  }

  private static Received take(Receiver receiver) throws InterruptedException {
    Received received = receiver.received.poll(60, TimeUnit.SECONDS);
    assertThat(received).isNotNull();
    return received;
  }

  private void awaitEmpty() {
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(store::isEmpty);
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(9, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** By what docs/webhooks.md says, in other words than the sender's. */
  private static void assertSigned(String secret, Received received) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    mac.update(received.timestamp().getBytes(StandardCharsets.US_ASCII));
    mac.update((byte) '.');
    mac.update(received.body().getBytes(StandardCharsets.UTF_8));
    assertThat(received.signature()).isEqualTo("v1=" + HexFormat.of().formatHex(mac.doFinal()));
    assertThat(received.event()).isEqualTo("sandbox.created");
  }
}
