package io.omnirun.core.ports;

/**
 * What the files of a paused machine are encrypted with, and for whom.
 *
 * @param accountKey 32 bytes, the owner's alone on this node
 * @param context names sandbox and account: files that are put in another's place do not open
 */
public record PauseSeal(byte[] accountKey, String context) {
  public PauseSeal {
    accountKey = accountKey.clone();
  }

  @Override
  public byte[] accountKey() {
    return accountKey.clone();
  }

  /** Leaves the key out: it is a secret. */
  @Override
  public String toString() {
    return "PauseSeal[" + context + "]";
  }
}
