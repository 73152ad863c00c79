package io.omnirun.core.ports;

/** A {@link KeyWrapper} whose master key we change ourselves. */
public interface RotatingKeyWrapper extends KeyWrapper {
  /**
   * Adds a master key beside the old one, or finds the one that an interrupted rotation has added;
   * it is durable when this returns its id.
   */
  String beginRotation();

  /** Forgets, durably, every master key but this one: nothing may be wrapped by them any more. */
  void endRotation(String masterKey);
}
