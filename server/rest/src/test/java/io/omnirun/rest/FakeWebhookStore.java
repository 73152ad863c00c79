package io.omnirun.rest;

import io.omnirun.core.ports.WebhookStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Webhook;
import io.omnirun.model.WebhookId;
import java.util.ArrayList;
import java.util.List;

/** Webhooks in memory. */
final class FakeWebhookStore implements WebhookStore {
  private final List<Webhook> webhooks = new ArrayList<>();

  @Override
  public synchronized void insert(Webhook webhook, int maxPerAccount) {
    if (list(webhook.account()).size() >= maxPerAccount) {
      throw new OmniRunException(ErrorCode.WEBHOOK_LIMIT, "too many");
    }
    webhooks.add(webhook);
  }

  @Override
  public synchronized List<Webhook> list(AccountId account) {
    return webhooks.stream().filter(webhook -> webhook.account().equals(account)).toList();
  }

  @Override
  public synchronized boolean delete(AccountId account, WebhookId id) {
    return webhooks.removeIf(
        webhook -> webhook.account().equals(account) && webhook.id().equals(id));
  }
}
