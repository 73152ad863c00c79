package io.omnirun.core.ports;

import io.omnirun.model.AccountId;
import io.omnirun.model.Webhook;
import io.omnirun.model.WebhookId;
import java.util.List;

/** The webhooks of accounts, durable. Thread-safe; calls block for the database. */
public interface WebhookStore {
  /**
   * Adds a webhook; from then on events of its account are kept for it.
   *
   * @throws io.omnirun.model.OmniRunException WEBHOOK_LIMIT if the account has so many already
   */
  void insert(Webhook webhook, int maxPerAccount);

  /** The account's webhooks, oldest first. */
  List<Webhook> list(AccountId account);

  /** Removes a webhook with all that waits for it; answers whether it was there. */
  boolean delete(AccountId account, WebhookId id);
}
