package io.omnirun.store;

import io.omnirun.core.ports.WebhookStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Webhook;
import io.omnirun.model.WebhookId;
import java.util.List;

/** Webhooks in the table {@code webhook}. */
final class SqlWebhookStore implements WebhookStore {
  private final Daos<WebhookDao> daos;
  private final NodeId node;
  private final Ledger ledger;

  SqlWebhookStore(Daos<WebhookDao> daos, NodeId node, Ledger ledger) {
    this.daos = daos;
    this.node = node;
    this.ledger = ledger;
  }

  @Override
  public void insert(Webhook webhook, int maxPerAccount) {
    WebhookRow row = WebhookRow.of(webhook, node);
    daos.writeAtomically(
        dao -> {
          dao.lockAccount(row.accountId());
          if (dao.count(row.accountId()) >= maxPerAccount) {
            throw new OmniRunException(
                ErrorCode.WEBHOOK_LIMIT,
                "an account may have %d webhooks: delete one".formatted(maxPerAccount));
          }
          ledger.success(dao, webhook.account(), AuditAction.WEBHOOK_CREATE, webhook.id().value());
          return dao.insert(row);
        });
  }

  @Override
  public List<Webhook> list(AccountId account) {
    return daos.read(dao -> dao.list(account.value()));
  }

  @Override
  public boolean delete(AccountId account, WebhookId id) {
    return daos.writeAtomically(
        dao -> {
          boolean deleted = dao.delete(account.value(), id.value()) == 1;
          dao.deleteDeliveries(account.value(), id.value());
          if (deleted) {
            ledger.success(dao, account, AuditAction.WEBHOOK_DELETE, id.value());
          }
          return deleted;
        });
  }
}
