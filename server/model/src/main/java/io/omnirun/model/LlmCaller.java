package io.omnirun.model;

import java.util.Optional;

/**
 * Who calls a language model, and on whose account.
 *
 * @param token with which an account's owner calls; empty: a sandbox calls with its own key
 * @param sandbox that calls; empty: somebody outside
 * @param grant what the sandbox may do; present if the sandbox is
 */
public record LlmCaller(
    Account account,
    Optional<TokenId> token,
    Optional<SandboxId> sandbox,
    Optional<LlmGrant> grant) {
  /** Somebody with a token. */
  public static LlmCaller of(Caller caller) {
    return new LlmCaller(
        caller.account(), Optional.of(caller.token().id()), Optional.empty(), Optional.empty());
  }

  /** A sandbox, by the key that it was given. */
  public static LlmCaller of(Account owner, SandboxId sandbox, LlmGrant grant) {
    return new LlmCaller(owner, Optional.empty(), Optional.of(sandbox), Optional.of(grant));
  }
}
