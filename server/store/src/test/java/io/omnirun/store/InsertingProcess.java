package io.omnirun.store;

import static io.omnirun.store.Samples.NODE;

import io.omnirun.model.Account;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.Sandbox;

/** A program that inserts sandboxes until it is killed, and prints each id once it is stored. */
final class InsertingProcess {
  private InsertingProcess() {}

  /** Takes the url of the database. */
  public static void main(String[] arguments) {
    try (Database database = Database.open(new DatabaseConfig(arguments[0]))) {
      Account account = Samples.insertAccount(database, 1);
      int any = Integer.MAX_VALUE;
      database
          .administration()
          .setLimits(account.id(), new AccountLimits(any, any, any, any, any, any));
      while (!System.out.checkError()) {
        Sandbox sandbox = Samples.creating(account);
        database.sandboxes(NODE).insertCreating(sandbox);
        System.out.println(account.id() + " " + sandbox.id());
      }
    }
  }
}
