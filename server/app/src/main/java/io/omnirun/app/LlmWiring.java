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

/**
 * Wires what serves language models.
 *
 * @param vaults where the keys of providers are that callers pay themselves
 */
record LlmWiring(
    ServerConfig config, LlmLedger ledger, Credentials vaults, LlmTelemetry telemetry) {
  /**
   * The routes; they and what they stand on are closed with the resources.
   *
   * @param capSpent is told when a sandbox has used up what it may
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID
   */
  LlmRoutes routes(Resources resources, Consumer<SandboxId> capSpent) {
    Clock clock = Clock.systemUTC();
    LlmConfig models = config.llmConfig().map(LlmConfigFile::load).orElse(LlmConfig.NONE);
    LlmCaps caps = new LlmCaps(ledger, models.usualCap(), clock);
    LlmBudgets budgets = resources.add(new LlmBudgets(ledger, caps));
    LlmUsageReports reports = new LlmUsageReports(budgets, caps, ledger);
    return resources.add(
        new LlmRoutes(
            models, new LlmRoutes.Ports(budgets, reports, vaults, telemetry, clock), capSpent));
  }
}
