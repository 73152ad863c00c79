package io.omnirun.core;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.StoredToken;
import io.omnirun.core.ports.TokenStore;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ApiToken;
import io.omnirun.model.Caller;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Profile;
import io.omnirun.model.TokenId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Accounts and tokens in maps, by the contracts of the ports. */
final class InMemoryAccountStore implements AccountStore, TokenStore {
  final Faults inserts = new Faults();
  final Faults finds = new Faults();
  final AtomicInteger uses = new AtomicInteger();
  final Map<String, ApiToken> tokens = new ConcurrentHashMap<>();
  private final Map<AccountId, Profile> accounts = new ConcurrentHashMap<>();

  @Override
  public void insertAccount(Profile profile, List<StoredToken> firstTokens) {
    inserts.call(() -> Optional.ofNullable(accounts.put(profile.account().id(), profile)));
    firstTokens.forEach(token -> put(profile.account().id(), token, profile.createdAt()));
  }

  private void put(AccountId account, StoredToken token, Instant createdAt) {
    tokens.put(
        token.sha256(),
        new ApiToken(
            token.id(),
            account,
            token.kind(),
            token.name(),
            token.scopes(),
            createdAt,
            token.expiresAt(),
            Optional.empty()));
  }

  @Override
  public Optional<Account> findAccount(AccountId id) {
    return findProfile(id).map(Profile::account);
  }

  @Override
  public Optional<Profile> findProfile(AccountId id) {
    return Optional.ofNullable(accounts.get(id));
  }

  @Override
  public Optional<Profile> findProfile(EmailAddress email) {
    return accounts.values().stream()
        .filter(profile -> profile.email().filter(email::equals).isPresent())
        .findFirst();
  }

  @Override
  public boolean hasAccounts() {
    return !accounts.isEmpty();
  }

  @Override
  public void insert(AccountId account, StoredToken token, Instant createdAt, int maxOfKind) {
    if (ofKind(account, token).size() >= maxOfKind) {
      throw new OmniRunException(ErrorCode.TOKEN_LIMIT, "as many as it may");
    }
    put(account, token, createdAt);
  }

  @Override
  public void insertForOldest(
      AccountId account, StoredToken token, Instant createdAt, int maxOfKind) {
    List<ApiToken> there = ofKind(account, token);
    there.stream()
        .limit(Math.max(0, there.size() - maxOfKind + 1L))
        .forEach(oldest -> delete(account, oldest.id()));
    put(account, token, createdAt);
  }

  private List<ApiToken> ofKind(AccountId account, StoredToken token) {
    return list(account).stream().filter(other -> other.kind() == token.kind()).toList();
  }

  @Override
  public Optional<Credential> find(String sha256, Instant now) {
    return finds
        .call(() -> Optional.ofNullable(tokens.get(sha256)))
        .filter(token -> token.expiresAt().map(now::isBefore).orElse(true))
        .flatMap(token -> findProfile(token.account()).map(owner -> credential(token, owner)));
  }

  private static Credential credential(ApiToken token, Profile owner) {
    return new Credential(
        new Caller(owner.account(), token, owner.administrator()), owner.suspendedAt().isPresent());
  }

  @Override
  public List<ApiToken> list(AccountId account) {
    return tokens.values().stream()
        .filter(token -> token.account().equals(account))
        .sorted(Comparator.comparing(ApiToken::createdAt))
        .toList();
  }

  @Override
  public boolean delete(AccountId account, TokenId id) {
    return tokens
        .values()
        .removeIf(token -> token.id().equals(id) && token.account().equals(account));
  }

  @Override
  public void markUsed(TokenId id, Instant now) {
    uses.incrementAndGet();
    tokens.replaceAll(
        (sha256, token) ->
            token.id().equals(id)
                ? new ApiToken(
                    id,
                    token.account(),
                    token.kind(),
                    token.name(),
                    token.scopes(),
                    token.createdAt(),
                    token.expiresAt(),
                    Optional.of(now))
                : token);
  }

  @Override
  public void deleteExpired(Instant now) {
    tokens
        .values()
        .removeIf(token -> token.expiresAt().filter(end -> !end.isAfter(now)).isPresent());
  }
}
