package io.omnirun.core.ports;

import java.util.Optional;

/** What a guest tells one after the other. Used by one thread; another may close it. */
public interface GuestSequence<T> extends AutoCloseable {
  /**
   * The next, blocking for it; empty when there is no more.
   *
   * @throws io.omnirun.model.OmniRunException GUEST_UNREACHABLE if there may be more and the guest
   *     does not say
   */
  Optional<T> next();

  /** Lets go of the guest; a call that waits fails. Idempotent. */
  @Override
  void close();
}
