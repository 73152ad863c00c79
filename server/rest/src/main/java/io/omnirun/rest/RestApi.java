package io.omnirun.rest;

import io.omnirun.core.Authenticator;
import io.omnirun.core.Commands;
import io.omnirun.core.Files;
import io.omnirun.core.NodeStatus;
import io.omnirun.core.Sandboxes;
import io.omnirun.http.Router;

/** The routes of OmniRun's public API. */
public final class RestApi {
  private final Authentication authentication;
  private final SandboxRoutes sandboxRoutes;
  private final CommandRoutes commandRoutes;
  private final FileApi fileApi;
  private final StatusRoute statusRoute;

  public RestApi(
      Authenticator authenticator,
      Sandboxes sandboxes,
      Commands commands,
      Files files,
      NodeStatus nodeStatus) {
    this.authentication = new Authentication(authenticator);
    this.sandboxRoutes = new SandboxRoutes(sandboxes);
    this.commandRoutes = new CommandRoutes(sandboxes, commands);
    this.fileApi = new FileApi(sandboxes, files);
    this.statusRoute = new StatusRoute(nodeStatus);
  }

  /**
   * Adds every route to {@code router}. All want an API key but {@code GET /status} and signed
   * URLs.
   */
  public void register(Router router) {
    router.add("GET", "/status", statusRoute::show);
    add(router, "POST", "/sandboxes", sandboxRoutes::create);
    add(router, "GET", "/sandboxes", sandboxRoutes::list);
    add(router, "GET", "/sandboxes/{id}", sandboxRoutes::show);
    add(router, "DELETE", "/sandboxes/{id}", sandboxRoutes::kill);
    add(router, "POST", "/sandboxes/{id}/commands", commandRoutes::run);
    add(router, "GET", "/sandboxes/{id}/commands", commandRoutes::list);
    add(router, "GET", "/sandboxes/{id}/commands/{pid}", commandRoutes::show);
    fileApi.register(router, authentication);
  }

  private void add(Router router, String method, String template, AccountHandler handler) {
    router.add(method, template, authentication.required(handler));
  }
}
