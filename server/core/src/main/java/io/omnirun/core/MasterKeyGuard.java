package io.omnirun.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.omnirun.core.ports.KeyWrapper;
import io.omnirun.core.ports.MasterKeyRecord;
import io.omnirun.core.ports.VaultStore;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.Arrays;

/**
 * Keeps a server with a wrong master key from running: the database holds a text that only the
 * right one unwraps.
 */
public final class MasterKeyGuard {
  private static final byte[] CANARY = "this is the right master key".getBytes(UTF_8);
  private static final String CONTEXT = "omnirun vault canary 1";

  private final VaultStore store;
  private final KeyWrapper wrapper;

  public MasterKeyGuard(VaultStore store, KeyWrapper wrapper) {
    this.store = store;
    this.wrapper = wrapper;
  }

  /**
   * Returns when this server has the master key that the database's vaults are wrapped with. While
   * there is no vault any key is the right one, and one is made if there is none.
   *
   * @throws OmniRunException CONFIGURATION_INVALID if it has another one or none
   */
  public void requireRightKey() {
    if (store.masterKey().isEmpty()) {
      store.setFirstMasterKey(record(wrapper.ensureMasterKey()));
    }
    MasterKeyRecord record = store.masterKey().orElseThrow();
    try {
      requireUnwraps(record);
    } catch (OmniRunException e) {
      if (store.hasVaults()) {
        throw wrongKey(record, e);
      }
      store.replaceMasterKey(record(wrapper.ensureMasterKey()));
    }
  }

  private void requireUnwraps(MasterKeyRecord record) {
    if (!Arrays.equals(wrapper.unwrap(record.canary(), CONTEXT), CANARY)) {
      throw new OmniRunException(ErrorCode.VAULT_UNREADABLE, "it unwraps something else");
    }
  }

  /** What the database keeps of a master key. */
  MasterKeyRecord record(String masterKey) {
    return new MasterKeyRecord(wrapper.wrap(masterKey, CANARY, CONTEXT));
  }

  private static OmniRunException wrongKey(MasterKeyRecord record, OmniRunException cause) {
    return new OmniRunException(
        ErrorCode.CONFIGURATION_INVALID,
        ("the vaults in the database are encrypted under the master key %s, which this server does not have:"
                + " put the file vault.master.key that belongs to this database back into the state directory"
                + " (with mode 0600), then start again; docs/vault.md says what to do if it is lost")
            .formatted(record.id()),
        cause);
  }
}
