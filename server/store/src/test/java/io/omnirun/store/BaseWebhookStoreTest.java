package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NODE;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.DeliveryQueue;
import io.omnirun.core.ports.WebhookStore;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.Delivery;
import io.omnirun.model.EndReason;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.EventType;
import io.omnirun.model.NodeId;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import io.omnirun.model.Webhook;
import io.omnirun.model.WebhookId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine must do with webhooks and the events that wait for them. */
abstract class BaseWebhookStoreTest extends BaseOpenDatabaseTest {
  private static final Instant LATER = NOON.plus(Duration.ofMinutes(10));
  private static final int MANY = 10;

  private final AtomicInteger news = new AtomicInteger();

  @SuppressWarnings("NullAway.Init")
  private WebhookStore webhooks;

  @SuppressWarnings("NullAway.Init")
  private DeliveryQueue queue;

  @BeforeEach
  void chooseNode() {
    // A node of this test's own: no other test's events are in its queue.
    NodeId node = NodeId.random();
    webhooks = database.webhooks(node);
    queue = database.deliveries(node);
    store = database.sandboxes(NODE, Clock.fixed(NOON, ZoneOffset.UTC), news::incrementAndGet);
    news.set(0);
  }

  @Test
  void webhookIsListedAsItIsUntilItIsDeleted() {
    Webhook webhook = insert(insertAccount(database, 1).id(), EventType.values());
    assertThat(webhooks.list(webhook.account())).containsExactly(webhook);
    AccountId stranger = insertAccount(database, 1).id();
    assertThat(webhooks.list(stranger)).isEmpty();
    assertThat(webhooks.delete(stranger, webhook.id())).isFalse();
    assertThat(webhooks.delete(webhook.account(), webhook.id())).isTrue();
    assertThat(webhooks.delete(webhook.account(), webhook.id())).isFalse();
    assertThat(webhooks.list(webhook.account())).isEmpty();
  }

  @Test
  void accountHasSoManyWebhooksAndNoMore() {
    AccountId account = insertAccount(database, 1).id();
    webhooks.insert(webhook(account, EventType.SANDBOX_CREATED), 1);
    assertFails(
        ErrorCode.WEBHOOK_LIMIT,
        () -> webhooks.insert(webhook(account, EventType.SANDBOX_CREATED), 1));
    assertThat(webhooks.list(account)).hasSize(1);
  }

  @Test
  void lifeOfASandboxIsToldInItsEventsAndToItsOwnerAlone() {
    Account account = insertAccount(database, 1);
    Webhook all = insert(account.id(), EventType.values());
    Webhook stranger = insert(insertAccount(database, 1).id(), EventType.values());
    Sandbox sandbox = create(account);
    store.beginKilling(sandbox.account(), sandbox.id(), SandboxState.RUNNING, EndReason.KILLED);
    finish(sandbox, SandboxState.KILLING, SandboxState.KILLED);

    assertThat(news).hasValue(2);
    assertThat(drain(stranger)).isEmpty();
    List<Delivery> told = drain(all);
    assertThat(told)
        .extracting(Delivery::type)
        .containsExactlyInAnyOrder("sandbox.created", "sandbox.killed");
    Delivery created = told.stream().filter(d -> d.type().endsWith("created")).findFirst().get();
    assertThat(created.url()).isEqualTo(all.url());
    assertThat(created.createdAt()).isEqualTo(NOON);
    assertThat(created.body())
        .contains("\"id\":\"" + created.event() + "\"")
        .contains("\"type\":\"sandbox.created\"")
        .contains("\"sandboxID\":\"" + sandbox.id() + "\"")
        .contains("\"state\":\"running\"")
        .contains("\"metadata\":{\"purpose\":\"test\"}");
  }

  @Test
  void eachEndHasItsEventAndOnlyOne() {
    Account account = insertAccount(database, MANY);
    Webhook ends =
        insert(
            account.id(),
            EventType.SANDBOX_FAILED,
            EventType.SANDBOX_TIMEOUT,
            EventType.SANDBOX_KILLED);
    Sandbox expired = create(account);
    store.beginExpiry(expired.account(), expired.id(), SandboxState.RUNNING, LATER);
    finish(expired, SandboxState.KILLING, SandboxState.KILLED);
    Sandbox failed = create(account);
    finish(failed, SandboxState.RUNNING, SandboxState.FAILED);
    finish(failed, SandboxState.FAILED, SandboxState.KILLED);
    assertThat(drain(ends))
        .extracting(Delivery::type)
        .containsExactlyInAnyOrder("sandbox.timeout", "sandbox.failed");
  }

  @Test
  void changeThatDoesNotHappenIsNotTold() {
    Account account = insertAccount(database, MANY);
    Webhook all = insert(account.id(), EventType.values());
    Sandbox sandbox = create(account);
    drain(all);
    assertThat(store.markRunning(sandbox.account(), sandbox.id())).isFalse();
    assertThat(drain(all)).isEmpty();
  }

  @Test
  void eventThatDidNotArriveWaitsAndIsGivenUp() {
    Account account = insertAccount(database, MANY);
    Webhook webhook = insert(account.id(), EventType.SANDBOX_CREATED);
    create(account);
    assertThat(queue.due(NOON.minusMillis(1))).isEmpty();
    assertThat(queue.nextAfter(NOON.minusMillis(1))).contains(NOON);
    assertThat(queue.due(NOON)).containsExactly(webhook.id());
    Delivery first = queue.next(webhook.id(), NOON).orElseThrow();
    queue.postpone(first, LATER, "no answer");
    assertThat(queue.next(webhook.id(), NOON)).isEmpty();
    assertThat(queue.nextAfter(NOON)).contains(LATER);
    Delivery second = queue.next(webhook.id(), LATER).orElseThrow();
    assertThat(second.attempts()).isEqualTo(1);
    assertThat(second.event()).isEqualTo(first.event());
    assertThat(only(account).failedDeliveries()).isZero();
    assertThat(only(account).lastError()).contains("no answer");
    queue.giveUp(second, "still no answer");
    assertThat(queue.due(LATER)).isEmpty();
    assertThat(only(account).failedDeliveries()).isEqualTo(1);
    assertThat(only(account).lastError()).contains("still no answer");
  }

  @Test
  void webhookThatIsDeletedTakesItsEventsAlong() {
    Account account = insertAccount(database, MANY);
    Webhook webhook = insert(account.id(), EventType.SANDBOX_CREATED);
    create(account);
    webhooks.delete(webhook.account(), webhook.id());
    assertThat(queue.due(LATER)).isEmpty();
    assertThat(queue.next(webhook.id(), LATER)).isEmpty();
    assertThat(queue.nextAfter(NOON.minusMillis(1))).isEmpty();
    queue.sweep();
  }

  @Test
  void receiverThatIsAwayDoesNotFillTheDatabase() {
    Account account = insertAccount(database, 1);
    Webhook webhook = insert(account.id(), EventType.SANDBOX_CREATED);
    Sandbox sandbox = creating(account);
    store.insertCreating(sandbox);
    for (int i = 0; i < Outbox.MAX_WAITING + 2; i++) {
      store.markRunning(sandbox.account(), sandbox.id());
      store.transition(
          sandbox.account(), sandbox.id(), SandboxState.RUNNING, SandboxState.CREATING);
    }
    assertThat(only(account).failedDeliveries()).isEqualTo(2);
    assertThat(only(account).lastError().orElseThrow()).contains("wait already");
    assertThat(drain(webhook)).hasSize(Outbox.MAX_WAITING);
  }

  private Webhook only(Account account) {
    return webhooks.list(account.id()).getFirst();
  }

  private Sandbox create(Account account) {
    Sandbox sandbox = creating(account, NOON, Map.of("purpose", "test"));
    store.insertCreating(sandbox);
    store.markRunning(sandbox.account(), sandbox.id());
    return sandbox;
  }

  private void finish(Sandbox sandbox, SandboxState from, SandboxState to) {
    assertThat(store.finish(sandbox.account(), sandbox.id(), from, to, LATER, Optional.empty()))
        .isTrue();
  }

  /** Everything that waits, taken. */
  private List<Delivery> drain(Webhook webhook) {
    List<Delivery> all = new ArrayList<>();
    Optional<Delivery> next = queue.next(webhook.id(), LATER);
    while (next.isPresent()) {
      all.add(next.get());
      queue.delivered(next.get());
      next = queue.next(webhook.id(), LATER);
    }
    return all;
  }

  private Webhook insert(AccountId account, EventType... events) {
    Webhook webhook = webhook(account, events);
    webhooks.insert(webhook, MANY);
    return webhook;
  }

  private static Webhook webhook(AccountId account, EventType... events) {
    return new Webhook(
        WebhookId.random(),
        account,
        "https://receiver.example/hook?a=b",
        Set.copyOf(EnumSet.copyOf(List.of(events))),
        "sealed",
        NOON,
        0,
        Optional.empty());
  }
}
