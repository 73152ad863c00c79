package io.omnirun.rest;

import io.omnirun.core.ports.KeyWrapper;
import io.omnirun.core.ports.VaultCipher;
import io.omnirun.core.ports.WrappedKey;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.HexFormat;

/** Hides nothing: tests of routes look at who gets what. */
final class OpenCipher implements VaultCipher, KeyWrapper {
  @Override
  public byte[] newKey() {
    return new byte[] {1};
  }

  @Override
  public Box with(byte[] key) {
    return new Box() {
      @Override
      public String seal(String plain, String context) {
        return context + "\n" + plain;
      }

      @Override
      public String open(String sealed, String context) {
        if (!sealed.startsWith(context + "\n")) {
          throw new OmniRunException(ErrorCode.VAULT_UNREADABLE, "of another context");
        }
        return sealed.substring(context.length() + 1);
      }
    };
  }

  @Override
  public String ensureMasterKey() {
    return "mk";
  }

  @Override
  public WrappedKey wrap(String masterKey, byte[] key, String context) {
    return new WrappedKey(masterKey, HexFormat.of().formatHex(key));
  }

  @Override
  public byte[] unwrap(WrappedKey wrapped, String context) {
    return HexFormat.of().parseHex(wrapped.text());
  }
}
