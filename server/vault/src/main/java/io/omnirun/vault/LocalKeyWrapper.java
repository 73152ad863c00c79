package io.omnirun.vault;

import io.omnirun.core.ports.RotatingKeyWrapper;
import io.omnirun.core.ports.WrappedKey;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;

/**
 * Wraps with master keys from a file. One that is not known here is looked for in the file once
 * more: another process may have changed the master key. What the file has forgotten since stays in
 * memory: a call may have read its vault before a rotation wrapped it anew. Thread-safe; one
 * process at a time may rotate.
 */
public final class LocalKeyWrapper implements RotatingKeyWrapper {
  private final MasterKeyStorage storage;
  private MasterKeys known = MasterKeys.none();

  /** Reads nothing yet. */
  public LocalKeyWrapper(MasterKeyStorage storage) {
    this.storage = storage;
  }

  @Override
  public synchronized String ensureMasterKey() {
    MasterKeys keys = stored();
    return keys.ids().isEmpty() ? keep(keys.withNewKey()) : keys.ids().getFirst();
  }

  @Override
  public WrappedKey wrap(String masterKey, byte[] key, String context) {
    return new WrappedKey(masterKey, cipher(masterKey).seal(key, context));
  }

  @Override
  public byte[] unwrap(WrappedKey wrapped, String context) {
    return cipher(wrapped.masterKey()).open(wrapped.text(), context, "the key of a vault");
  }

  @Override
  public synchronized String beginRotation() {
    MasterKeys keys = stored();
    return keys.ids().size() > 1 ? keys.ids().getFirst() : keep(keys.withNewKey());
  }

  @Override
  public synchronized void endRotation(String masterKey) {
    keep(stored().only(masterKey));
  }

  private synchronized AesGcm cipher(String masterKey) {
    return known
        .key(masterKey)
        .or(() -> stored().key(masterKey))
        .map(AesGcm::new)
        .orElseThrow(
            () ->
                new OmniRunException(
                    ErrorCode.VAULT_UNREADABLE,
                    "this server has not the master key %s of the vault: its administrator must put it back"
                        .formatted(masterKey)));
  }

  /** What the file has now, which is known from now on. */
  private MasterKeys stored() {
    MasterKeys stored = storage.read().map(MasterKeys::parse).orElse(MasterKeys.none());
    known = stored.before(known);
    return stored;
  }

  private String keep(MasterKeys keys) {
    storage.write(keys.text());
    known = keys.before(known);
    return keys.ids().getFirst();
  }
}
