package io.omnirun.rest;

import io.omnirun.core.Authenticator;
import io.omnirun.core.Commands;
import io.omnirun.core.Files;
import io.omnirun.core.NodeStatus;
import io.omnirun.core.SandboxMetrics;
import io.omnirun.core.Sandboxes;
import io.omnirun.core.TrafficTokens;
import io.omnirun.core.Webhooks;
import io.omnirun.http.Router;

/** The routes of OmniRun's public API. */
public final class RestApi {
  private final Authentication authentication;
  private final SandboxRoutes sandboxRoutes;
  private final HistoryRoutes historyRoutes;
  private final MetricRoutes metricRoutes;
  private final WebhookRoutes webhookRoutes;
  private final CommandRoutes commandRoutes;
  private final FileRoutes fileRoutes;
  private final StatusRoute statusRoute;

  public RestApi(
      Authenticator authenticator,
      Sandboxes sandboxes,
      Commands commands,
      Files files,
      NodeStatus nodeStatus,
      TrafficTokens trafficTokens,
      SandboxMetrics metrics,
      Webhooks webhooks) {
    this.authentication = new Authentication(authenticator);
    this.sandboxRoutes = new SandboxRoutes(sandboxes, trafficTokens);
    this.historyRoutes = new HistoryRoutes(sandboxes);
    this.metricRoutes = new MetricRoutes(metrics);
    this.webhookRoutes = new WebhookRoutes(webhooks);
    this.commandRoutes = new CommandRoutes(sandboxes, commands);
    this.fileRoutes = new FileRoutes(sandboxes, files);
    this.statusRoute = new StatusRoute(nodeStatus);
  }

  /** Adds every route to {@code router}. All but {@code GET /status} want an API key. */
  public void register(Router router) {
    router.add("GET", "/status", statusRoute::show);
    add(router, "POST", "/sandboxes", sandboxRoutes::create);
    add(router, "GET", "/sandboxes", sandboxRoutes::list);
    add(router, "GET", "/sandboxes/history", historyRoutes::list);
    add(router, "GET", "/sandboxes/{id}", sandboxRoutes::show);
    add(router, "POST", "/sandboxes/{id}/timeout", sandboxRoutes::setTimeout);
    add(router, "DELETE", "/sandboxes/{id}", sandboxRoutes::kill);
    add(router, "GET", "/sandboxes/{id}/metrics", metricRoutes::list);
    add(router, "POST", "/sandboxes/{id}/commands", commandRoutes::run);
    add(router, "GET", "/sandboxes/{id}/commands", commandRoutes::list);
    add(router, "GET", "/sandboxes/{id}/commands/{pid}", commandRoutes::show);
    add(router, "POST", "/sandboxes/{id}/files", fileRoutes::write);
    add(router, "GET", "/sandboxes/{id}/files", fileRoutes::read);
    addWebhooks(router);
  }

  private void addWebhooks(Router router) {
    add(router, "POST", "/webhooks", webhookRoutes::create);
    add(router, "GET", "/webhooks", webhookRoutes::list);
    add(router, "DELETE", "/webhooks/{id}", webhookRoutes::delete);
  }

  private void add(Router router, String method, String template, AccountHandler handler) {
    router.add(method, template, authentication.required(handler));
  }
}
