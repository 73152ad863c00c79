package io.omnirun.rest;

import io.omnirun.core.CurrentOrigin;
import io.omnirun.http.RouteHandler;
import io.omnirun.http.Router;
import io.omnirun.model.Origin;

/**
 * Adds the API's routes to a router, each with what it wants of its caller. There is no other way
 * in: a route without a rule does not compile. Used by one thread, before the server starts.
 */
final class Routes {
  private final Router router;
  private final Authentication authentication;
  private final ClientNetworks networks;
  private final CountedUse countedUse;

  Routes(
      Router router,
      Authentication authentication,
      ClientNetworks networks,
      CountedUse countedUse) {
    this.networks = networks;
    this.router = router;
    this.authentication = authentication;
    this.countedUse = countedUse;
  }

  /** A route for the owner of a token with that access. */
  void add(String method, String template, Access access, AccountHandler handler) {
    AccountHandler counted = countedUse.of(template, handler);
    addForCaller(
        method, template, access, (exchange, caller) -> counted.handle(exchange, caller.account()));
  }

  /** The same for a route that looks at the token, too. */
  void addForCaller(String method, String template, Access access, CallerHandler handler) {
    register(method, template, authentication.required(access, handler));
  }

  /** A WebSocket for the owner of a token with that access. */
  void addSocket(String template, Access access, AccountHandler handler) {
    register("GET", template, authentication.requiredOfSocket(access, handler));
  }

  /** A route for everybody. */
  void addPublic(String method, String template, RouteHandler handler) {
    register(
        method,
        template,
        exchange ->
            CurrentOrigin.during(
                Origin.anonymous(networks.address(exchange)), () -> handler.handle(exchange)));
  }

  private void register(String method, String template, RouteHandler handler) {
    router.add(
        method,
        template,
        exchange -> {
          KeysInUrls.refuse(exchange);
          handler.handle(exchange);
        });
  }
}
