package io.omnirun.app;

import io.omnirun.core.ports.AuditLog;
import io.omnirun.core.ports.AuditQuery;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditEntry;
import io.omnirun.model.AuditId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.store.Database;
import io.omnirun.store.DatabaseConfig;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code omnirun admin audit}: who has done what, of all accounts. */
@Command(
    name = "audit",
    description = {
      "Print the audit, the newest first: time, id, account, actor, address, action, resource,",
      "outcome and detail, separated by tabs."
    })
final class AuditCommand implements Callable<Integer> {
  private static final int PAGE = 1_000;

  @Mixin private final ConfigOption config = new ConfigOption();

  @Option(names = "--account", paramLabel = "ID", description = "Of this account alone.")
  private @Nullable String account;

  @Option(
      names = "--days",
      defaultValue = "7",
      description = "Of so many days (default: ${DEFAULT-VALUE}).")
  private int days;

  @Override
  public Integer call() {
    AuditQuery query =
        AuditQuery.newest(PAGE).from(Clock.systemUTC().instant().minus(Duration.ofDays(days)));
    try (Database database = Database.open(new DatabaseConfig(config.load().databaseUrl()))) {
      print(database.audit(), account == null ? query : query.of(accountId(account)), System.out);
    }
    return 0;
  }

  private static AccountId accountId(String text) {
    return AccountId.parse(text)
        .orElseThrow(
            () ->
                new OmniRunException(ErrorCode.INVALID_REQUEST, text + " is no id of an account"));
  }

  static void print(AuditLog entries, AuditQuery query, PrintStream out) {
    List<AuditEntry> page = entries.list(query);
    while (!page.isEmpty()) {
      page.forEach(entry -> out.println(line(entry)));
      AuditId last = page.getLast().id();
      page = entries.list(query.olderThan(last));
    }
  }

  private static String line(AuditEntry entry) {
    return String.join(
        "\t",
        entry.at().toString(),
        entry.id().value(),
        entry.account().map(AccountId::value).orElse("-"),
        entry.origin().actor(),
        entry.origin().address().orElse("-"),
        entry.action().text(),
        onOneLine(entry.resource()),
        entry.outcome().text(),
        onOneLine(entry.detail().orElse("")));
  }

  /** What callers have written stays where it is: no tabs, no lines, no colours. */
  private static String onOneLine(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }
}
