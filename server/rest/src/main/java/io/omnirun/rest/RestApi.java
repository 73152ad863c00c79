package io.omnirun.rest;

import io.omnirun.core.Authenticator;
import io.omnirun.core.Commands;
import io.omnirun.core.Files;
import io.omnirun.core.NodeStatus;
import io.omnirun.core.SandboxPauses;
import io.omnirun.core.Sandboxes;
import io.omnirun.http.Router;

/** The routes of OmniRun's public API. */
public final class RestApi {
  private final Authentication authentication;
  private final SandboxRoutes sandboxRoutes;
  private final PauseRoutes pauseRoutes;
  private final CommandRoutes commandRoutes;
  private final FileRoutes fileRoutes;
  private final StatusRoute statusRoute;

  public RestApi(
      Authenticator authenticator,
      Sandboxes sandboxes,
      SandboxPauses pauses,
      Commands commands,
      Files files,
      NodeStatus nodeStatus) {
    this.authentication = new Authentication(authenticator);
    this.sandboxRoutes = new SandboxRoutes(sandboxes);
    this.pauseRoutes = new PauseRoutes(pauses);
    this.commandRoutes = new CommandRoutes(sandboxes, commands);
    this.fileRoutes = new FileRoutes(sandboxes, files);
    this.statusRoute = new StatusRoute(nodeStatus);
  }

  /** Adds every route to {@code router}. All but {@code GET /status} want an API key. */
  public void register(Router router) {
    router.add("GET", "/status", statusRoute::show);
    add(router, "POST", "/sandboxes", sandboxRoutes::create);
    add(router, "GET", "/sandboxes", sandboxRoutes::list);
    add(router, "GET", "/sandboxes/{id}", sandboxRoutes::show);
    add(router, "DELETE", "/sandboxes/{id}", sandboxRoutes::kill);
    add(router, "POST", "/sandboxes/{id}/pause", pauseRoutes::pause);
    add(router, "POST", "/sandboxes/{id}/resume", pauseRoutes::resume);
    add(router, "POST", "/sandboxes/{id}/commands", commandRoutes::run);
    add(router, "GET", "/sandboxes/{id}/commands", commandRoutes::list);
    add(router, "GET", "/sandboxes/{id}/commands/{pid}", commandRoutes::show);
    add(router, "POST", "/sandboxes/{id}/files", fileRoutes::write);
    add(router, "GET", "/sandboxes/{id}/files", fileRoutes::read);
  }

  private void add(Router router, String method, String template, AccountHandler handler) {
    router.add(method, template, authentication.required(handler));
  }
}
