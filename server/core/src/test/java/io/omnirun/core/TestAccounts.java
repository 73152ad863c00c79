package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.FirstKeyKeeper;
import io.omnirun.model.Account;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.Caller;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class TestAccounts {
  /** Keeps the first key it is given, as a file would. */
  private static final class RememberingKeeper implements FirstKeyKeeper {
    private final List<String> kept = new ArrayList<>();

    @Override
    public String keep(String newKey) {
      if (kept.isEmpty()) {
        kept.add(newKey);
      }
      return kept.getFirst();
    }
  }

  private final InMemoryAccountStore store = new InMemoryAccountStore();
  private final Accounts accounts = new Accounts(store, Clock.systemUTC());
  private final Authenticator authenticator = new Authenticator(store, Clock.systemUTC());
  private final RememberingKeeper keeper = new RememberingKeeper();

  @Test
  void newAccountIsOpenedByItsKey() {
    Accounts.NewAccount created = accounts.create("somebody", 7);
    assertThat(authenticator.authenticate(created.apiKey()).account()).isEqualTo(created.account());
    assertThat(created.account().limits().maxConcurrentSandboxes()).isEqualTo(7);
    assertThat(created.account().limits().maxPausedSandboxes()).isEqualTo(10);
  }

  @Test
  void newAccountHasTheLimitsThatItsOperatorSets() {
    AccountLimits limits = new AccountLimits(7, 0, 1, 2, 3, 5);
    Account limited = accounts.create("somebody", limits).account();
    assertThat(limited.limits()).isEqualTo(limits);
    assertThat(store.findAccount(limited.id())).contains(limited);
    assertRefused(ErrorCode.CONFIGURATION_INVALID, () -> new AccountLimits(0, 0, 0, 0, 0, -1));
    assertRefused(ErrorCode.CONFIGURATION_INVALID, () -> limits.withSandboxes(-1, 0));
  }

  @Test
  void firstAccountIsOpenedByTheKeyThatIsKept() {
    accounts.createFirst(keeper);
    Caller first = authenticator.authenticate(keeper.kept.getFirst());
    assertThat(first.account().name()).isEqualTo("first");
    assertThat(first.mayAdminister()).isTrue();
  }

  @Test
  void laterAccountIsNoAdministrator() {
    assertThat(authenticator.authenticate(accounts.create("somebody", 1).apiKey()).mayAdminister())
        .isFalse();
  }

  @Test
  void keyIsKeptBeforeTheAccountExists() {
    accounts.createFirst(
        newKey -> {
          assertThat(store.hasAccounts()).isFalse();
          return keeper.keep(newKey);
        });
    assertThat(store.hasAccounts()).isTrue();
  }

  @Test
  void startThatWasCutOffIsRepeatedWithTheKeyItLeft() {
    store.inserts.refusals.set(1);
    assertRefused(ErrorCode.INTERNAL, () -> accounts.createFirst(keeper));
    assertThat(store.hasAccounts()).isFalse();
    accounts.createFirst(keeper);
    assertThat(authenticator.authenticate(keeper.kept.getFirst()).account().name())
        .isEqualTo("first");
  }

  @Test
  void keyThatCannotBeKeptMakesNoAccount() {
    OmniRunException full = new OmniRunException(ErrorCode.NO_SPACE, "as told");
    assertRefused(
        ErrorCode.NO_SPACE,
        () ->
            accounts.createFirst(
                newKey -> {
                  throw full;
                }));
    assertThat(store.hasAccounts()).isFalse();
  }

  @Test
  void laterStartKeepsNothing() {
    accounts.create("somebody", 3);
    accounts.createFirst(keeper);
    assertThat(keeper.kept).isEmpty();
  }

  @Test
  void keptTextThatIsNoKeyIsRefused() {
    for (String text : List.of("", "omr_", "omr_" + "x".repeat(42) + "!", "x".repeat(47))) {
      assertRefused(ErrorCode.CONFIGURATION_INVALID, () -> accounts.createFirst(newKey -> text));
    }
    assertThat(store.hasAccounts()).isFalse();
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
