package io.omnirun.llm;

import io.omnirun.core.llm.LlmBudgets;
import io.omnirun.core.llm.LlmUsageReports;
import io.omnirun.core.ports.Credentials;
import io.omnirun.core.ports.LlmTelemetry;
import io.omnirun.http.RouteHandler;
import io.omnirun.http.Router;
import io.omnirun.llm.anthropic.AnthropicDialect;
import io.omnirun.llm.config.LlmConfig;
import io.omnirun.llm.openai.OpenAiDialect;
import io.omnirun.llm.provider.Attempts;
import io.omnirun.llm.provider.ModelCatalog;
import io.omnirun.llm.provider.ProviderKeys;
import io.omnirun.llm.provider.Providers;
import io.omnirun.model.SandboxId;
import java.time.Clock;
import java.util.function.Consumer;

/** The routes at {@code /llm}: for callers outside, and for sandboxes by a key of their own. */
public final class LlmRoutes implements AutoCloseable {
  private final Providers providers;
  private final Completions completions;
  private final ModelRoutes models;
  private final UsageRoute usage;

  /** What the routes stand on. */
  public record Ports(
      LlmBudgets budgets,
      LlmUsageReports reports,
      Credentials vaults,
      LlmTelemetry telemetry,
      Clock clock) {}

  /**
   * Reads providers' keys; calls nobody yet.
   *
   * @param capSpent is told when a sandbox has used up what it may; must return at once
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID if a key cannot be read
   */
  public LlmRoutes(LlmConfig config, Ports ports, Consumer<SandboxId> capSpent) {
    ModelCatalog catalog = new ModelCatalog(config);
    this.providers = new Providers(config, new ProviderKeys(ports.vaults()));
    this.completions =
        new Completions(
            catalog,
            ports.budgets(),
            new Attempts(providers),
            ports.telemetry(),
            ports.clock(),
            capSpent);
    this.models = new ModelRoutes(catalog, ports.clock());
    this.usage = new UsageRoute(ports.reports());
  }

  /** Adds the routes to a router, behind a check of who calls. */
  public void register(Router router, LlmAuthentication authentication) {
    OpenAiDialect openAi = new OpenAiDialect();
    addCompletions(router, authentication, "/llm/v1/chat/completions", openAi);
    addCompletions(router, authentication, "/llm/v1/messages", new AnthropicDialect());
    add(router, authentication, "GET", "/llm/v1/models", openAi, models::list);
    add(router, authentication, "GET", "/llm/v1/models/{model}", openAi, models::show);
    add(router, authentication, "GET", "/llm/v1/models/{owner}/{model}", openAi, models::show);
    add(router, authentication, "GET", "/llm/v1/usage", openAi, usage::show);
  }

  private void addCompletions(
      Router router, LlmAuthentication authentication, String path, Dialect dialect) {
    add(
        router,
        authentication,
        "POST",
        path,
        dialect,
        (exchange, caller) -> completions.handle(exchange, caller, dialect));
  }

  /** Whoever calls is told in its own protocol what is wrong, also with its key. */
  private static void add(
      Router router,
      LlmAuthentication authentication,
      String method,
      String path,
      Dialect dialect,
      LlmHandler handler) {
    RouteHandler required = authentication.required(handler);
    router.add(
        method,
        path,
        exchange -> {
          exchange.tellErrorsAs(dialect);
          RequestId.of(exchange); // a refused key is asked about, too
          required.handle(exchange);
        });
  }

  /** Cuts what is open. */
  @Override
  public void close() {
    providers.close();
  }
}
