package io.omnirun.model;

import java.util.Arrays;
import java.util.Optional;

/** What is written down of what people and the server do. */
public enum AuditAction {
  SANDBOX_CREATE("sandbox.create"),
  SANDBOX_PAUSE("sandbox.pause"),
  SANDBOX_RESUME("sandbox.resume"),
  /** Its end was asked for, or its deadline has come. */
  SANDBOX_KILL("sandbox.kill"),
  /** What it reaches of the network was changed. */
  SANDBOX_NETWORK("sandbox.network"),
  /** It broke. */
  SANDBOX_FAIL("sandbox.fail"),
  /** Somebody has signed in, or tried to. */
  SIGN_IN("sign_in"),
  TOKEN_CREATE("token.create"),
  /** Also that somebody has signed out. */
  TOKEN_REVOKE("token.revoke"),
  /** Somebody was invited, has signed up, or was made with a key. */
  ACCOUNT_CREATE("account.create"),
  ACCOUNT_SUSPEND("account.suspend"),
  ACCOUNT_UNSUSPEND("account.unsuspend"),
  ACCOUNT_LIMITS("account.limits"),
  /** How much it, or one of its tokens, may spend on language models. */
  LLM_CAP("llm.cap"),
  ACCOUNT_EMAIL("account.email"),
  ACCOUNT_ADMINISTRATOR("account.administrator"),
  /** An authenticator app was given a secret; it is not asked for yet. */
  SECOND_FACTOR_ENROL("second_factor.enrol"),
  /** It is asked for from now on. */
  SECOND_FACTOR_CONFIRM("second_factor.confirm"),
  /** It is asked for no more: the account's person has said so, or the operator. */
  SECOND_FACTOR_DISABLE("second_factor.disable"),
  VAULT_INIT("vault.init"),
  VAULT_STORE("vault.store"),
  VAULT_LIST("vault.list"),
  VAULT_DELETE("vault.delete"),
  /** A sandbox was given the credentials. */
  VAULT_INJECT("vault.inject"),
  /** The server's administrator has changed the key over all vaults. */
  MASTER_KEY_ROTATE("master_key.rotate"),
  EXPOSURE_CREATE("exposure.create"),
  /** It was given another end. */
  EXPOSURE_REFRESH("exposure.refresh"),
  EXPOSURE_REVOKE("exposure.revoke"),
  WEBHOOK_CREATE("webhook.create"),
  WEBHOOK_DELETE("webhook.delete"),
  /** Somebody wanted more than a limit allows. */
  LIMIT("limit");

  private final String text;

  AuditAction(String text) {
    this.text = text;
  }

  /** As the API and the store spell it. */
  public String text() {
    return text;
  }

  /** The action that {@code text} spells, empty if it spells none. */
  public static Optional<AuditAction> parse(String text) {
    return Arrays.stream(values()).filter(action -> action.text.equals(text)).findFirst();
  }

  /** What a change of a sandbox's state is written down as, empty if it is not. */
  public static Optional<AuditAction> of(SandboxState from, SandboxState to) {
    return switch (to) {
      case RUNNING -> ofStart(from);
      case PAUSED -> from == SandboxState.PAUSING ? Optional.of(SANDBOX_PAUSE) : Optional.empty();
      case FAILED -> Optional.of(from == SandboxState.CREATING ? SANDBOX_CREATE : SANDBOX_FAIL);
      case KILLING -> Optional.of(SANDBOX_KILL);
      // What was killing has been written down with the first step of its end.
      case KILLED -> from == SandboxState.FAILED ? Optional.of(SANDBOX_KILL) : Optional.empty();
      case CREATING, PAUSING, RESUMING -> Optional.empty();
    };
  }

  private static Optional<AuditAction> ofStart(SandboxState from) {
    return switch (from) {
      case CREATING -> Optional.of(SANDBOX_CREATE);
      case RESUMING -> Optional.of(SANDBOX_RESUME);
      case RUNNING, PAUSING, PAUSED, KILLING, KILLED, FAILED -> Optional.empty();
    };
  }
}
