package io.omnirun.core.ports;

import io.omnirun.model.AccountId;
import java.util.Map;

/** Where the credentials come from that a sandbox is given. Thread-safe; may block. */
@FunctionalInterface
public interface Credentials {
  /** Nobody has any. */
  Credentials NONE = account -> Map.of();

  /**
   * The account's credentials in the clear; none if it has no vault.
   *
   * @throws io.omnirun.model.OmniRunException VAULT_UNREADABLE
   */
  Map<String, String> of(AccountId account);
}
