package io.omnirun.app;

import io.omnirun.core.Accounts;
import io.omnirun.core.Administration;
import io.omnirun.core.CurrentOrigin;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.Origin;
import io.omnirun.store.Database;
import io.omnirun.store.DatabaseConfig;
import java.time.Clock;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code omnirun admin}: what only somebody on the host may do; works beside a running server. */
@Command(
    name = "admin",
    description = "Administer the server, on its host.",
    subcommands = {
      AdminCommand.CreateAccount.class,
      AccountCommands.Invite.class,
      AccountCommands.ListAll.class,
      AccountCommands.Suspend.class,
      AccountCommands.Unsuspend.class,
      AccountCommands.Limits.class,
      AccountCommands.Email.class,
      AccountCommands.Administrator.class,
      AccountCommands.ResetSecondFactor.class,
      LlmCapCommand.class,
      BackupCommands.Backup.class,
      BackupCommands.Restore.class,
      RotateMasterKeyCommand.class,
      AuditCommand.class
    })
final class AdminCommand {
  /** Does something with the accounts of the configured database. */
  static int withAccounts(ConfigOption config, Consumer<Administration> action) {
    try (Database database = Database.open(new DatabaseConfig(config.load().databaseUrl()))) {
      Administration administration =
          new Administration(
              database.accounts(),
              database.administration(),
              database.secondFactors(),
              Clock.systemUTC());
      CurrentOrigin.during(Origin.OPERATOR, () -> action.accept(administration));
    }
    return 0;
  }

  @Command(
      name = "create-account",
      description = "Make an account and print its API key, this once.")
  static final class CreateAccount implements Callable<Integer> {
    @Mixin private final ConfigOption config = new ConfigOption();

    @Option(names = "--name", required = true, description = "Shown to people.")
    private String name = "";

    @Option(
        names = "--max-concurrent",
        defaultValue = "" + AccountLimits.DEFAULT_MAX_CONCURRENT_SANDBOXES,
        description = "Sandboxes it may run at a time (default: ${DEFAULT-VALUE}).")
    private int maxConcurrent;

    @Option(
        names = "--max-paused",
        defaultValue = "" + AccountLimits.DEFAULT_MAX_PAUSED_SANDBOXES,
        description = "Sandboxes it may have paused at a time (default: ${DEFAULT-VALUE}).")
    private int maxPaused;

    @Option(
        names = "--requests-per-second",
        defaultValue = "" + AccountLimits.DEFAULT_REQUESTS_PER_SECOND,
        description = "Requests that a token may send in the long run (default: ${DEFAULT-VALUE}).")
    private int requestsPerSecond;

    @Override
    public Integer call() {
      try (Database database = Database.open(new DatabaseConfig(config.load().databaseUrl()))) {
        Accounts accounts = new Accounts(database.accounts(), Clock.systemUTC());
        AccountLimits limits =
            AccountLimits.DEFAULT
                .withSandboxes(maxConcurrent, maxPaused)
                .withRequestsPerSecond(requestsPerSecond);
        CurrentOrigin.during(
            Origin.OPERATOR, () -> System.out.println(accounts.create(name, limits).apiKey()));
      }
      return 0;
    }
  }
}
