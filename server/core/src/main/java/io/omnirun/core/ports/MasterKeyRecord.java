package io.omnirun.core.ports;

/**
 * Which master key the vaults of a database are wrapped with.
 *
 * @param canary wrapped by it, so that another key of the same name is found out
 */
public record MasterKeyRecord(WrappedKey canary) {
  /** The id of the master key. */
  public String id() {
    return canary.masterKey();
  }
}
