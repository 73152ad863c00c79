package io.omnirun.app;

import io.omnirun.core.Administration;
import io.omnirun.core.CurrentOrigin;
import io.omnirun.core.ports.LlmLedger;
import io.omnirun.model.AccountId;
import io.omnirun.model.CapPeriod;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Origin;
import io.omnirun.model.Picodollars;
import io.omnirun.store.Database;
import io.omnirun.store.DatabaseConfig;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code omnirun admin llm-cap}. A running server knows a second later. */
@Command(
    name = "llm-cap",
    description =
        "Set how much an account may spend on language models; without options: the usual.")
final class LlmCapCommand implements Callable<Integer> {
  @Mixin private final ConfigOption config = new ConfigOption();

  @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Its id or e-mail address.")
  private String account = "";

  @Option(names = "--cents", description = "Money, perhaps with a fraction (default: any).")
  private @Nullable BigDecimal cents;

  @Option(names = "--tokens", description = "Prompt and completion together (default: any).")
  private @Nullable Long tokens;

  @Option(
      names = "--period",
      defaultValue = "month",
      description = "day, month or total (default: ${DEFAULT-VALUE}).")
  private String period = "month";

  @Override
  public Integer call() {
    try (Database database = Database.open(new DatabaseConfig(config.load().databaseUrl()))) {
      AccountId id =
          new Administration(
                  database.accounts(),
                  database.administration(),
                  database.secondFactors(),
                  Clock.systemUTC())
              .find(account)
              .account()
              .id();
      // Caps are no node's: any id will do.
      LlmLedger ledger = database.llm(NodeId.random());
      CurrentOrigin.during(Origin.OPERATOR, () -> change(ledger, id));
    }
    return 0;
  }

  private void change(LlmLedger ledger, AccountId id) {
    if (cents == null && tokens == null) {
      ledger.clearCap(id, LlmSubject.ACCOUNT);
    } else {
      ledger.setCap(id, LlmSubject.ACCOUNT, new LlmCap(picodollars(), tokens(), period()));
    }
  }

  private OptionalLong picodollars() {
    return cents == null ? OptionalLong.empty() : OptionalLong.of(Picodollars.ofCents(cents));
  }

  private OptionalLong tokens() {
    return tokens == null ? OptionalLong.empty() : OptionalLong.of(tokens);
  }

  private CapPeriod period() {
    return CapPeriod.parse(period)
        .orElseThrow(
            () ->
                new OmniRunException(ErrorCode.INVALID_REQUEST, "a period is day, month or total"));
  }
}
