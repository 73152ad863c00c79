package io.omnirun.store;

import io.omnirun.core.ports.StoredToken;
import io.omnirun.core.ports.TokenStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.ApiToken;
import io.omnirun.model.AuditAction;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.TokenId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Tokens in the table {@code api_token}. */
final class SqlTokenStore implements TokenStore {
  private final Daos<TokenDao> daos;
  private final Ledger ledger;

  SqlTokenStore(Daos<TokenDao> daos, Ledger ledger) {
    this.daos = daos;
    this.ledger = ledger;
  }

  @Override
  public void insert(AccountId account, StoredToken token, Instant createdAt, int maxOfKind) {
    TokenRow row = TokenRow.of(account, token, createdAt);
    daos.writeAtomically(
        dao -> {
          dao.lockAccount(row.accountId());
          if (dao.count(row.accountId(), row.kind()) >= maxOfKind) {
            throw new OmniRunException(
                ErrorCode.TOKEN_LIMIT,
                "an account may have %d tokens: revoke one".formatted(maxOfKind));
          }
          ledger.success(dao, account, AuditAction.TOKEN_CREATE, token.id().value(), token.name());
          return dao.insertToken(row);
        });
  }

  @Override
  public void insertForOldest(
      AccountId account, StoredToken token, Instant createdAt, int maxOfKind) {
    TokenRow row = TokenRow.of(account, token, createdAt);
    daos.writeAtomically(
        dao -> {
          dao.lockAccount(row.accountId());
          dao.deleteOldest(row.accountId(), row.kind(), maxOfKind - 1);
          ledger.success(
              dao, account, AuditAction.SIGN_IN, token.id().value(), token.kind().text());
          return dao.insertToken(row);
        });
  }

  @Override
  public Optional<Credential> find(String sha256, Instant now) {
    return daos.read(dao -> dao.find(sha256, now.toEpochMilli()));
  }

  @Override
  public List<ApiToken> list(AccountId account) {
    return daos.read(dao -> dao.list(account.value()));
  }

  @Override
  public boolean delete(AccountId account, TokenId id) {
    return daos.writeAtomically(
        dao -> {
          boolean deleted = dao.delete(account.value(), id.value()) == 1;
          if (deleted) {
            ledger.success(dao, account, AuditAction.TOKEN_REVOKE, id.value());
          }
          return deleted;
        });
  }

  @Override
  public void markUsed(TokenId id, Instant now) {
    daos.write(dao -> dao.markUsed(id.value(), now.toEpochMilli()));
  }

  @Override
  public void deleteExpired(Instant now) {
    daos.write(dao -> dao.deleteExpired(now.toEpochMilli()));
  }
}
