package io.omnirun.core;

import io.omnirun.model.Origin;

/**
 * Who the present thread acts for. It is known to everything that a call does in its own thread, so
 * that the store can write it down with the change itself and no port has to carry it; threads that
 * a call starts act for the server.
 */
public final class CurrentOrigin {
  private static final ScopedValue<Origin> CURRENT = ScopedValue.newInstance();

  private CurrentOrigin() {}

  /** Whom the present thread acts for; the server if nobody has said. */
  public static Origin get() {
    return CURRENT.orElse(Origin.SERVER);
  }

  /** Acts for somebody; blocks as the action does. */
  public static <X extends Throwable> void during(Origin origin, Action<X> action) throws X {
    ScopedValue.where(CURRENT, origin)
        .<Boolean, X>call(
            () -> {
              action.run();
              return true;
            });
  }

  /** What somebody does. */
  @FunctionalInterface
  public interface Action<X extends Throwable> {
    void run() throws X;
  }
}
