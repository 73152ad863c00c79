package io.omnirun.core;

import io.omnirun.core.ports.WebhookStore;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.EventType;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Webhook;
import io.omnirun.model.WebhookId;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The webhooks of accounts. Thread-safe; calls block for the database. */
public final class Webhooks {
  /** Each may hold a thousand events that wait, and every change of a sandbox looks for all. */
  public static final int MAX_PER_ACCOUNT = 10;

  /**
   * A webhook that was just made.
   *
   * @param secret shown this once
   */
  public record NewWebhook(Webhook webhook, String secret) {
    /** Leaves the secret out. */
    @Override
    public String toString() {
      return "NewWebhook[" + webhook.id() + "]";
    }
  }

  private final WebhookStore store;
  private final WebhookSecrets secrets;
  private final Clock clock;
  private final boolean privateAllowed;

  /**
   * @param privateAllowed whether they may lead to addresses that are not public
   */
  public Webhooks(WebhookStore store, WebhookSecrets secrets, Clock clock, boolean privateAllowed) {
    this.store = store;
    this.secrets = secrets;
    this.clock = clock;
    this.privateAllowed = privateAllowed;
  }

  /**
   * @throws OmniRunException INVALID_REQUEST for a URL that cannot be one, WEBHOOK_LIMIT
   */
  public NewWebhook create(Account account, String url, Set<EventType> events) {
    WebhookUrl.check(url, privateAllowed);
    WebhookId id = WebhookId.random();
    String secret = secrets.random();
    Webhook webhook =
        new Webhook(
            id,
            account.id(),
            url,
            events,
            secrets.seal(account.id(), id, secret),
            clock.instant(),
            0,
            Optional.empty());
    store.insert(webhook, MAX_PER_ACCOUNT);
    return new NewWebhook(webhook, secret);
  }

  /** The account's webhooks, oldest first. */
  public List<Webhook> list(Account account) {
    return store.list(account.id());
  }

  /**
   * Removes a webhook with all that waits for it; a delivery that is under way may still arrive.
   *
   * @throws OmniRunException WEBHOOK_NOT_FOUND
   */
  public void delete(Account account, WebhookId id) {
    if (!store.delete(account.id(), id)) {
      throw new OmniRunException(
          ErrorCode.WEBHOOK_NOT_FOUND, "there is no such webhook; GET /webhooks lists them");
    }
  }
}
