package io.omnirun.rest;

import io.omnirun.core.Audit;
import io.omnirun.core.Authenticator;
import io.omnirun.core.Commands;
import io.omnirun.core.Files;
import io.omnirun.core.NodeStatus;
import io.omnirun.core.SandboxMetrics;
import io.omnirun.core.SandboxPauses;
import io.omnirun.core.Sandboxes;
import io.omnirun.core.Terminals;
import io.omnirun.core.TrafficTokens;
import io.omnirun.core.Vaults;
import io.omnirun.core.Webhooks;
import io.omnirun.http.Router;

/** The routes of OmniRun's public API. */
public final class RestApi {
  private final Authentication authentication;
  private final SandboxRoutes sandboxRoutes;
  private final PauseRoutes pauseRoutes;
  private final HistoryRoutes historyRoutes;
  private final MetricRoutes metricRoutes;
  private final WebhookRoutes webhookRoutes;
  private final VaultRoutes vaultRoutes;
  private final AuditRoutes auditRoutes;
  private final CommandRoutes commandRoutes;
  private final LiveCommandRoutes liveCommandRoutes;
  private final TerminalRoutes terminalRoutes;
  private final FileApi fileApi;
  private final StatusRoute statusRoute;

  public RestApi(
      Authenticator authenticator,
      Sandboxes sandboxes,
      SandboxPauses pauses,
      Commands commands,
      Terminals terminals,
      Files files,
      NodeStatus nodeStatus,
      TrafficTokens trafficTokens,
      SandboxMetrics metrics,
      Webhooks webhooks,
      Vaults vaults,
      Audit audit) {
    this.authentication = new Authentication(authenticator, new AuditedCalls(audit));
    this.sandboxRoutes = new SandboxRoutes(sandboxes, trafficTokens);
    this.pauseRoutes = new PauseRoutes(pauses);
    this.historyRoutes = new HistoryRoutes(sandboxes);
    this.metricRoutes = new MetricRoutes(metrics);
    this.webhookRoutes = new WebhookRoutes(webhooks);
    this.vaultRoutes = new VaultRoutes(vaults);
    this.auditRoutes = new AuditRoutes(audit);
    this.commandRoutes = new CommandRoutes(sandboxes, commands);
    this.liveCommandRoutes = new LiveCommandRoutes(sandboxes, commands);
    this.terminalRoutes = new TerminalRoutes(sandboxes, terminals);
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
    add(router, "GET", "/sandboxes/history", historyRoutes::list);
    add(router, "GET", "/sandboxes/{id}", sandboxRoutes::show);
    add(router, "POST", "/sandboxes/{id}/timeout", sandboxRoutes::setTimeout);
    add(router, "DELETE", "/sandboxes/{id}", sandboxRoutes::kill);
    add(router, "POST", "/sandboxes/{id}/pause", pauseRoutes::pause);
    add(router, "POST", "/sandboxes/{id}/resume", pauseRoutes::resume);
    add(router, "GET", "/sandboxes/{id}/metrics", metricRoutes::list);
    add(router, "POST", "/sandboxes/{id}/commands", commandRoutes::run);
    add(router, "GET", "/sandboxes/{id}/commands", commandRoutes::list);
    add(router, "GET", "/sandboxes/{id}/commands/{pid}", commandRoutes::show);
    addLiveCommands(router);
    addTerminals(router);
    fileApi.register(router, authentication);
    addWebhooks(router);
    addVault(router);
    add(router, "GET", "/audit", auditRoutes::list);
  }

  private void addLiveCommands(Router router) {
    add(router, "DELETE", "/sandboxes/{id}/commands/{pid}", liveCommandRoutes::kill);
    add(router, "POST", "/sandboxes/{id}/commands/{pid}/stdin", liveCommandRoutes::write);
    add(router, "GET", "/sandboxes/{id}/commands/{pid}/stream", liveCommandRoutes::stream);
  }

  private void addTerminals(Router router) {
    add(router, "POST", "/sandboxes/{id}/pty", terminalRoutes::open);
    add(router, "GET", "/sandboxes/{id}/pty", terminalRoutes::list);
    add(router, "DELETE", "/sandboxes/{id}/pty/{pid}", terminalRoutes::close);
    add(router, "POST", "/sandboxes/{id}/pty/{pid}/input", terminalRoutes::write);
    add(router, "POST", "/sandboxes/{id}/pty/{pid}/resize", terminalRoutes::resize);
    add(router, "GET", "/sandboxes/{id}/pty/{pid}/read", terminalRoutes::read);
    router.add(
        "GET",
        "/sandboxes/{id}/pty/{pid}/ws",
        authentication.requiredOfSocket(terminalRoutes::socket));
  }

  private void addWebhooks(Router router) {
    add(router, "POST", "/webhooks", webhookRoutes::create);
    add(router, "GET", "/webhooks", webhookRoutes::list);
    add(router, "DELETE", "/webhooks/{id}", webhookRoutes::delete);
  }

  private void addVault(Router router) {
    add(router, "POST", "/vault/init", vaultRoutes::init);
    add(router, "POST", "/vault/credentials", vaultRoutes::put);
    add(router, "GET", "/vault/credentials", vaultRoutes::list);
    add(router, "DELETE", "/vault/credentials/{key}", vaultRoutes::delete);
  }

  private void add(Router router, String method, String template, AccountHandler handler) {
    router.add(method, template, authentication.required(handler));
  }
}
