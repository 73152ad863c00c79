package io.omnirun.app;

import io.omnirun.core.Administration;
import io.omnirun.model.Account;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Profile;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands of {@code omnirun admin} about accounts. */
final class AccountCommands {
  private AccountCommands() {}

  private static EmailAddress email(String text) {
    return EmailAddress.parse(text)
        .orElseThrow(
            () ->
                new OmniRunException(
                    ErrorCode.INVALID_REQUEST, "that is no e-mail address of ASCII characters"));
  }

  @Command(name = "invite", description = "Make an account for a mailbox, which may then sign in.")
  static final class Invite implements Callable<Integer> {
    @Mixin private final ConfigOption config = new ConfigOption();

    @Parameters(paramLabel = "EMAIL")
    private String email = "";

    @Option(names = "--name", description = "Shown to people (default: the address).")
    private @Nullable String name;

    @Option(
        names = "--max-concurrent",
        defaultValue = "" + AccountLimits.DEFAULT_MAX_CONCURRENT_SANDBOXES,
        description = "Sandboxes it may run at a time (default: ${DEFAULT-VALUE}).")
    private int maxConcurrent;

    @Override
    public Integer call() {
      EmailAddress address = AccountCommands.email(email);
      String shown = name == null ? address.value() : name;
      return AdminCommand.withAccounts(
          config,
          accounts ->
              System.out.println(accounts.invite(address, shown, maxConcurrent).account().id()));
    }
  }

  @Command(name = "accounts", description = "List all accounts, oldest first.")
  static final class ListAll implements Callable<Integer> {
    @Mixin private final ConfigOption config = new ConfigOption();

    @Override
    public Integer call() {
      return AdminCommand.withAccounts(config, accounts -> accounts.list().forEach(ListAll::print));
    }

    /** One line, columns by tabs: names and addresses hold none. */
    private static void print(Profile profile) {
      Account account = profile.account();
      System.out.println(
          String.join(
              "\t",
              account.id().value(),
              profile.email().map(EmailAddress::value).orElse("-"),
              profile.suspendedAt().map(since -> "suspended").orElse("active"),
              profile.administrator() ? "administrator" : "user",
              "concurrent=" + account.limits().maxConcurrentSandboxes(),
              "paused=" + account.limits().maxPausedSandboxes(),
              account.name().replaceAll("\\p{Cntrl}", " ")));
    }
  }

  /** Commands about one account. */
  abstract static class OfAccount implements Callable<Integer> {
    @Mixin private final ConfigOption config = new ConfigOption();

    @Parameters(index = "0", paramLabel = "ACCOUNT", description = "Its id or e-mail address.")
    private String account = "";

    @Override
    public Integer call() {
      return AdminCommand.withAccounts(
          config, accounts -> change(accounts, accounts.find(account).account()));
    }

    abstract void change(Administration accounts, Account account);
  }

  @Command(
      name = "suspend",
      description = "Refuse an account's keys; end its sessions and sandboxes, paused ones too.")
  static final class Suspend extends OfAccount {
    @Override
    void change(Administration accounts, Account account) {
      accounts.suspend(account.id());
    }
  }

  @Command(name = "unsuspend", description = "Take an account's keys again.")
  static final class Unsuspend extends OfAccount {
    @Override
    void change(Administration accounts, Account account) {
      accounts.unsuspend(account.id());
    }
  }

  @Command(name = "limits", description = "Set how much an account may have at a time.")
  static final class Limits extends OfAccount {
    @Option(names = "--max-concurrent", description = "Sandboxes that run.")
    private @Nullable Integer maxConcurrent;

    @Option(names = "--max-paused", description = "Sandboxes that are paused.")
    private @Nullable Integer maxPaused;

    @Option(names = "--max-vcpus", description = "Virtual CPUs of those that run.")
    private @Nullable Integer maxVcpus;

    @Option(names = "--max-memory-mib", description = "Memory of those that run.")
    private @Nullable Integer maxMemoryMib;

    @Option(names = "--max-disk-mib", description = "Disks of those that run or are paused.")
    private @Nullable Integer maxDiskMib;

    @Option(names = "--requests-per-second", description = "Requests of each token, on average.")
    private @Nullable Integer requestsPerSecond;

    @Override
    void change(Administration accounts, Account account) {
      AccountLimits current = account.limits();
      AccountLimits wanted =
          new AccountLimits(
              limit(maxConcurrent, current.maxConcurrentSandboxes()),
              limit(maxPaused, current.maxPausedSandboxes()),
              limit(maxVcpus, current.maxVcpus()),
              limit(maxMemoryMib, current.maxMemoryMib()),
              limit(maxDiskMib, current.maxDiskMib()),
              limit(requestsPerSecond, current.requestsPerSecond()));
      if (!wanted.equals(current)) {
        accounts.setLimits(account.id(), wanted);
      }
    }

    private static int limit(@Nullable Integer wanted, int current) {
      return wanted == null ? current : wanted;
    }
  }

  @Command(name = "email", description = "Let a mailbox sign in to an account that is there.")
  static final class Email extends OfAccount {
    @Parameters(index = "1", paramLabel = "EMAIL")
    private String email = "";

    @Override
    void change(Administration accounts, Account account) {
      accounts.setEmail(account.id(), AccountCommands.email(email));
    }
  }

  @Command(name = "administrator", description = "Make an account one of administrators, or not.")
  static final class Administrator extends OfAccount {
    @Option(names = "--revoke", description = "It is none any more.")
    private boolean revoke;

    @Override
    void change(Administration accounts, Account account) {
      accounts.setAdministrator(account.id(), !revoke);
    }
  }

  @Command(
      name = "reset-second-factor",
      description = "Forget an account's authenticator app, which was lost.")
  static final class ResetSecondFactor extends OfAccount {
    @Override
    void change(Administration accounts, Account account) {
      System.out.println(accounts.resetSecondFactor(account.id()) ? "forgotten" : "there was none");
    }
  }
}
