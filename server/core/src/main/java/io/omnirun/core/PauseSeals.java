package io.omnirun.core;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * With what the files of paused sandboxes are encrypted. An account's key is derived from the
 * node's secret, so that a restarted server has it again without having stored it. Thread-safe.
 */
final class PauseSeals {
  private static final String ACCOUNT_KEY = "omnirun account key for paused sandboxes, version 1: ";
  private static final int KEY_BYTES = 32;

  private final byte[] nodeSecret;

  PauseSeals(byte[] nodeSecret) {
    this.nodeSecret = nodeSecret.clone();
  }

  PauseSeal of(Sandbox sandbox) {
    return new PauseSeal(
        accountKey(sandbox.account()), sandbox.id().value() + " of " + sandbox.account().value());
  }

  private byte[] accountKey(AccountId account) {
    byte[] purpose = (ACCOUNT_KEY + account.value()).getBytes(StandardCharsets.UTF_8);
    try {
      SecretKey key =
          KDF.getInstance("HKDF-SHA256")
              .deriveKey(
                  "AES",
                  HKDFParameterSpec.ofExtract().addIKM(nodeSecret).thenExpand(purpose, KEY_BYTES));
      return key.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no HKDF-SHA256", e);
    }
  }
}
