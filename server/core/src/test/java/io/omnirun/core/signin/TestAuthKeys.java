package io.omnirun.core.signin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.AccountId;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.OmniRunException;
import org.junit.jupiter.api.Test;

class TestAuthKeys {
  private static final EmailAddress ADA = new EmailAddress("ada@example.org");

  private final AuthKeys keys = new AuthKeys(new byte[32]);
  private final AuthKeys others = new AuthKeys(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});

  @Test
  void codeIsKeptSoThatItsAddressAndTheSecretAreWantedToFindIt() {
    String kept = keys.codeHmac(ADA, "123456");
    assertThat(kept).hasSize(64).doesNotContain("123456");
    assertThat(keys.codeHmac(ADA, "123456")).isEqualTo(kept);
    assertThat(keys.codeHmac(ADA, "123457")).isNotEqualTo(kept);
    assertThat(keys.codeHmac(new EmailAddress("eve@example.org"), "123456")).isNotEqualTo(kept);
    assertThat(others.codeHmac(ADA, "123456")).isNotEqualTo(kept);
  }

  @Test
  void factorIsOpenedForItsAccountWithItsSecretOnly() {
    AccountId account = AccountId.random();
    byte[] secret = {1, 2, 3};
    String sealed = keys.sealFactor(account, secret);
    assertThat(keys.openFactor(account, sealed)).isEqualTo(secret);
    assertThat(keys.sealFactor(account, secret)).isNotEqualTo(sealed);
    assertThatThrownBy(() -> keys.openFactor(AccountId.random(), sealed))
        .isInstanceOf(OmniRunException.class);
    assertThatThrownBy(() -> others.openFactor(account, sealed))
        .isInstanceOf(OmniRunException.class);
    for (String broken : new String[] {"", "A", "AAAA", "not base 64!"}) {
      assertThatThrownBy(() -> keys.openFactor(account, broken))
          .isInstanceOf(OmniRunException.class);
    }
  }
}
