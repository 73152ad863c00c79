package io.omnirun.core;

import io.omnirun.model.Account;
import io.omnirun.model.SandboxId;
import java.io.InputStream;

/** Files in sandboxes, streamed. Thread-safe; calls block for the guest. */
public final class Files {
  private final SandboxLookup lookup;

  Files(SandboxLookup lookup) {
    this.lookup = lookup;
  }

  /** Writes a file and its parent directories. The caller closes {@code content}. */
  public void write(Account account, SandboxId id, String path, String user, InputStream content) {
    lookup.guest(account, id).writeFile(path, user, content);
  }

  /** Opens a file. The caller closes it. */
  public InputStream read(Account account, SandboxId id, String path, String user) {
    return lookup.inGuest(account, id, guest -> guest.readFile(path, user));
  }
}
