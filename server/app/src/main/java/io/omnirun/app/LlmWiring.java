package io.omnirun.app;

import io.omnirun.core.llm.LlmBudgets;
import io.omnirun.core.llm.LlmCaps;
import io.omnirun.core.llm.LlmUsageReports;
import io.omnirun.core.ports.Credentials;
import io.omnirun.core.ports.LlmLedger;
import io.omnirun.core.ports.LlmTelemetry;
import io.omnirun.llm.LlmRoutes;
import io.omnirun.llm.config.LlmConfig;
import io.omnirun.llm.config.LlmConfigFile;
import io.omnirun.model.SandboxId;
import java.time.Clock;
import java.util.function.Consumer;

/** What serves language models, wired. */
record LlmWiring(LlmRoutes routes, LlmCaps caps) {
  /**
   * What it stands on.
   *
   * @param vaults where the keys of providers are that callers pay themselves
   * @param capSpent is told when a sandbox has used up what it may
   */
  record Ports(
      LlmLedger ledger, Credentials vaults, LlmTelemetry telemetry, Consumer<SandboxId> capSpent) {}

  /**
   * Wires it; what must be closed is closed with the resources.
   *
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID
   */
  static LlmWiring of(ServerConfig config, Ports ports, Resources resources) {
    ProviderLogs.silence();
    Clock clock = Clock.systemUTC();
    LlmConfig models = config.llmConfig().map(LlmConfigFile::load).orElse(LlmConfig.NONE);
    LlmCaps caps = new LlmCaps(ports.ledger(), models.usualCap(), clock);
    LlmBudgets budgets = resources.add(new LlmBudgets(ports.ledger(), caps));
    LlmUsageReports reports = new LlmUsageReports(budgets, caps, ports.ledger());
    LlmRoutes.Ports of =
        new LlmRoutes.Ports(budgets, reports, ports.vaults(), ports.telemetry(), clock);
    return new LlmWiring(resources.add(new LlmRoutes(models, of, ports.capSpent())), caps);
  }
}
