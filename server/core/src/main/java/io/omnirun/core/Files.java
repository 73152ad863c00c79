package io.omnirun.core;

import io.omnirun.core.ports.GuestFiles;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.SandboxId;
import java.io.InputStream;

/** Files in sandboxes, streamed. Thread-safe; calls block for the guest. */
public final class Files {
  private final SandboxLookup lookup;
  private final FileLinks links;

  Files(SandboxLookup lookup, FileLinks links) {
    this.lookup = lookup;
    this.links = links;
  }

  /** Rights to single files, for whom has no key. */
  public FileLinks links() {
    return links;
  }

  /** Writes a file and its parent directories. The caller closes {@code content}. */
  public void write(Account account, SandboxId id, String path, String user, InputStream content) {
    lookup.inGuest(account, id).run(guest -> guest.writeFile(path, user, content));
  }

  /** Opens a file. The caller closes it. */
  public InputStream read(Account account, SandboxId id, String path, String user) {
    InGuest inGuest = lookup.inGuest(account, id);
    return inGuest.stream(inGuest.call(guest -> guest.readFile(path, user)));
  }

  /**
   * All that can be done with files of a running sandbox. What breaks off because the sandbox is
   * paused throws SANDBOX_PAUSED.
   *
   * @throws io.omnirun.model.OmniRunException SANDBOX_NOT_FOUND, SANDBOX_PAUSED or
   *     SANDBOX_NOT_RUNNING
   */
  public GuestFiles in(Account account, SandboxId id) {
    return in(account.id(), id);
  }

  /** The same for whom was granted something in a sandbox: nothing else of it may be used. */
  public GuestFiles in(FileLinks.Grant grant) {
    return in(grant.account(), grant.sandbox());
  }

  private GuestFiles in(AccountId account, SandboxId id) {
    lookup.guest(account, id);
    return new PausableFiles(lookup.inGuest(account, id));
  }

  /**
   * @throws io.omnirun.model.OmniRunException as {@link #in(Account, SandboxId)}
   */
  public void requireRunning(Account account, SandboxId id) {
    lookup.guest(account, id);
  }
}
