package io.omnirun.app;

import io.omnirun.core.Accounts;
import io.omnirun.model.Account;
import io.omnirun.store.Database;
import io.omnirun.store.DatabaseConfig;
import java.time.Clock;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code omnirun admin}: what only somebody on the host may do; works beside a running server. */
@Command(
    name = "admin",
    description = "Administer the server, on its host.",
    subcommands = {
      AdminCommand.CreateAccount.class,
      RotateMasterKeyCommand.class,
      AuditCommand.class
    })
final class AdminCommand {
  @Command(
      name = "create-account",
      description = "Make an account and print its API key, this once.")
  static final class CreateAccount implements Callable<Integer> {
    @Mixin private final ConfigOption config = new ConfigOption();

    @Option(names = "--name", required = true, description = "Shown to people.")
    private String name = "";

    @Option(
        names = "--max-concurrent",
        defaultValue = "" + Account.DEFAULT_MAX_CONCURRENT_SANDBOXES,
        description = "Sandboxes it may run at a time (default: ${DEFAULT-VALUE}).")
    private int maxConcurrent;

    @Override
    public Integer call() {
      try (Database database = Database.open(new DatabaseConfig(config.load().databaseUrl()))) {
        Accounts accounts = new Accounts(database.accounts(), Clock.systemUTC());
        System.out.println(accounts.create(name, maxConcurrent).apiKey());
      }
      return 0;
    }
  }
}
