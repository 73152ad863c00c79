package io.omnirun.http;

/** Is told of every answer. Calls must return at once. Thread-safe. */
@FunctionalInterface
public interface RequestObserver {
  /** The route of a request that no route took. */
  String NO_ROUTE = "none";

  /** The route of a request that was for a {@link HostHandler}. */
  String OTHER_HOST = "host";

  /**
   * @param method of the route; {@code OTHER} if none took the request
   * @param route the template of its path, with its parameters unfilled
   */
  void answered(String method, String route, int status);
}
