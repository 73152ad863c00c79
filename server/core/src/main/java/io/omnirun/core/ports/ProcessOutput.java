package io.omnirun.core.ports;

/** A process's output on its way from the guest. Used by one thread; another may close it. */
public interface ProcessOutput extends AutoCloseable {
  /**
   * The next event, blocking for it. After {@link OutputEvent.Exited} it is not called any more.
   *
   * @throws io.omnirun.model.OmniRunException GUEST_UNREACHABLE if the guest is lost before that,
   *     or this was closed
   */
  OutputEvent next();

  /** Lets go of the process, which goes on. Idempotent. */
  @Override
  void close();
}
