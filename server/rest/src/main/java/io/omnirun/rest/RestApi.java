package io.omnirun.rest;

import static io.omnirun.rest.Access.READ;
import static io.omnirun.rest.Access.SANDBOXES;
import static io.omnirun.rest.Access.VAULT;

import io.omnirun.core.Audit;
import io.omnirun.core.CodeRuns;
import io.omnirun.core.Commands;
import io.omnirun.core.Exposures;
import io.omnirun.core.Files;
import io.omnirun.core.Interpreter;
import io.omnirun.core.Networks;
import io.omnirun.core.NodeStatus;
import io.omnirun.core.PreviewUrls;
import io.omnirun.core.SandboxMetrics;
import io.omnirun.core.SandboxPauses;
import io.omnirun.core.SandboxUses;
import io.omnirun.core.Sandboxes;
import io.omnirun.core.Terminals;
import io.omnirun.core.TrafficTokens;
import io.omnirun.core.Vaults;
import io.omnirun.core.Webhooks;
import io.omnirun.core.llm.LlmCaps;
import io.omnirun.http.RouteHandler;
import io.omnirun.http.Router;

/** The routes of OmniRun's public API. */
public final class RestApi {
  private final Authentication authentication;
  private final ClientNetworks networks;
  private final CountedUse countedUse;
  private final TokenRoutes tokenRoutes;
  private final LlmCapRoutes llmCapRoutes;
  private final SignInRoutes signInRoutes;
  private final SignInPages signInPages;
  private final SandboxRoutes sandboxRoutes;
  private final PauseRoutes pauseRoutes;
  private final HistoryRoutes historyRoutes;
  private final MetricRoutes metricRoutes;
  private final NetworkRoutes networkRoutes;
  private final ExposureRoutes exposureRoutes;
  private final WebhookRoutes webhookRoutes;
  private final VaultRoutes vaultRoutes;
  private final AuditRoutes auditRoutes;
  private final CommandRoutes commandRoutes;
  private final LiveCommandRoutes liveCommandRoutes;
  private final CodeRoutes codeRoutes;
  private final ContextRoutes contextRoutes;
  private final TerminalRoutes terminalRoutes;
  private final FileApi fileApi;
  private final StatusRoute statusRoute;

  public RestApi(
      Identity identity,
      Sandboxes sandboxes,
      SandboxPauses pauses,
      Commands commands,
      CodeRuns codeRuns,
      Interpreter interpreter,
      Terminals terminals,
      Files files,
      NodeStatus nodeStatus,
      TrafficTokens trafficTokens,
      SandboxMetrics metrics,
      Networks sandboxNetworks,
      Exposures exposures,
      PreviewUrls previewUrls,
      SandboxUses uses,
      Webhooks webhooks,
      Vaults vaults,
      Audit audit,
      LlmCaps llmCaps) {
    this.networks = new ClientNetworks(identity.address());
    this.authentication =
        new Authentication(
            identity.authenticator(),
            identity.address(),
            new AuditedCalls(audit, networks, new RequestRates()));
    this.tokenRoutes = new TokenRoutes(identity.accounts(), identity.tokens());
    this.llmCapRoutes = new LlmCapRoutes(identity.tokens(), llmCaps);
    this.signInRoutes = new SignInRoutes(identity);
    this.signInPages = new SignInPages(identity);
    this.countedUse = new CountedUse(uses);
    this.sandboxRoutes = new SandboxRoutes(sandboxes, trafficTokens);
    this.pauseRoutes = new PauseRoutes(pauses);
    this.historyRoutes = new HistoryRoutes(sandboxes);
    this.metricRoutes = new MetricRoutes(metrics);
    this.networkRoutes = new NetworkRoutes(sandboxNetworks);
    this.exposureRoutes = new ExposureRoutes(exposures, previewUrls);
    this.webhookRoutes = new WebhookRoutes(webhooks);
    this.vaultRoutes = new VaultRoutes(vaults);
    this.auditRoutes = new AuditRoutes(audit);
    this.commandRoutes = new CommandRoutes(sandboxes, commands);
    this.liveCommandRoutes = new LiveCommandRoutes(sandboxes, commands);
    this.codeRoutes = new CodeRoutes(codeRuns);
    this.contextRoutes = new ContextRoutes(sandboxes, interpreter);
    this.terminalRoutes = new TerminalRoutes(sandboxes, terminals, uses);
    this.fileApi = new FileApi(files, uses);
    this.statusRoute = new StatusRoute(nodeStatus);
  }

  /**
   * A handler of another protocol's, for whoever may call language models: behind the same check,
   * counts and limits as this API's own routes.
   */
  public RouteHandler forModelCallers(CallerHandler handler) {
    return authentication.required(Access.LLM, handler);
  }

  /**
   * Adds every route to {@code router}. All want a token but {@code GET /status}, signed URLs and
   * signing in.
   */
  public void register(Router router) {
    Routes routes = new Routes(router, authentication, networks, countedUse);
    routes.addPublic("GET", "/status", statusRoute::show);
    routes.addForCaller("POST", "/sandboxes", SANDBOXES, sandboxRoutes::create);
    routes.add("GET", "/sandboxes", READ, sandboxRoutes::list);
    routes.add("GET", "/sandboxes/history", READ, historyRoutes::list);
    routes.add("GET", "/sandboxes/{id}", READ, sandboxRoutes::show);
    routes.add("POST", "/sandboxes/{id}/timeout", SANDBOXES, sandboxRoutes::setTimeout);
    routes.add("DELETE", "/sandboxes/{id}", SANDBOXES, sandboxRoutes::kill);
    routes.add("POST", "/sandboxes/{id}/pause", SANDBOXES, pauseRoutes::pause);
    routes.add("POST", "/sandboxes/{id}/resume", SANDBOXES, pauseRoutes::resume);
    routes.add("GET", "/sandboxes/{id}/metrics", READ, metricRoutes::list);
    routes.add("POST", "/sandboxes/{id}/commands", SANDBOXES, commandRoutes::run);
    routes.add("GET", "/sandboxes/{id}/commands", READ, commandRoutes::list);
    routes.add("GET", "/sandboxes/{id}/commands/{pid}", READ, commandRoutes::show);
    networkRoutes.register(routes);
    exposureRoutes.register(routes);
    addLiveCommands(routes);
    codeRoutes.register(routes);
    contextRoutes.register(routes);
    addTerminals(routes);
    fileApi.register(routes);
    addWebhooks(routes);
    addVault(routes);
    routes.addForCaller("GET", "/audit", READ, auditRoutes::list);
    tokenRoutes.register(routes);
    llmCapRoutes.register(routes);
    signInRoutes.register(routes);
    signInPages.register(routes);
  }

  private void addLiveCommands(Routes routes) {
    routes.add("DELETE", "/sandboxes/{id}/commands/{pid}", SANDBOXES, liveCommandRoutes::kill);
    routes.add("POST", "/sandboxes/{id}/commands/{pid}/stdin", SANDBOXES, liveCommandRoutes::write);
    routes.add("GET", "/sandboxes/{id}/commands/{pid}/stream", READ, liveCommandRoutes::stream);
  }

  private void addTerminals(Routes routes) {
    routes.add("POST", "/sandboxes/{id}/pty", SANDBOXES, terminalRoutes::open);
    routes.add("GET", "/sandboxes/{id}/pty", READ, terminalRoutes::list);
    routes.add("DELETE", "/sandboxes/{id}/pty/{pid}", SANDBOXES, terminalRoutes::close);
    routes.add("POST", "/sandboxes/{id}/pty/{pid}/input", SANDBOXES, terminalRoutes::write);
    routes.add("POST", "/sandboxes/{id}/pty/{pid}/resize", SANDBOXES, terminalRoutes::resize);
    routes.add("GET", "/sandboxes/{id}/pty/{pid}/read", SANDBOXES, terminalRoutes::read);
    routes.addSocket("/sandboxes/{id}/pty/{pid}/ws", SANDBOXES, terminalRoutes::socket);
  }

  private void addWebhooks(Routes routes) {
    routes.add("POST", "/webhooks", SANDBOXES, webhookRoutes::create);
    routes.add("GET", "/webhooks", READ, webhookRoutes::list);
    routes.add("DELETE", "/webhooks/{id}", SANDBOXES, webhookRoutes::delete);
  }

  private void addVault(Routes routes) {
    routes.add("POST", "/vault/init", VAULT, vaultRoutes::init);
    routes.add("POST", "/vault/credentials", VAULT, vaultRoutes::put);
    routes.add("GET", "/vault/credentials", VAULT, vaultRoutes::list);
    routes.add("DELETE", "/vault/credentials/{key}", VAULT, vaultRoutes::delete);
  }
}
