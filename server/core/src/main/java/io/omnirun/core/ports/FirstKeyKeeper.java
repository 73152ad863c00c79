package io.omnirun.core.ports;

/** Keeps the first account's API key where the operator finds it. */
@FunctionalInterface
public interface FirstKeyKeeper {
  /**
   * Keeps a new key, unless one is kept already: the one of an earlier start that was cut off.
   *
   * @return the key that is kept and that nothing can lose any more
   */
  String keep(String newKey);
}
