package io.omnirun.core.signin;

import io.omnirun.model.EmailAddress;
import java.util.Set;

/** Who may have an account without having been invited. */
public sealed interface SignUpPolicy {
  /** Whether somebody with that address may. */
  boolean admits(EmailAddress email);

  /** Nobody: accounts are made on the host. */
  record InvitedOnly() implements SignUpPolicy {
    @Override
    public boolean admits(EmailAddress email) {
      return false;
    }
  }

  /** Everybody with a mailbox. */
  record Anyone() implements SignUpPolicy {
    @Override
    public boolean admits(EmailAddress email) {
      return true;
    }
  }

  /**
   * Everybody with a mailbox of these domains, not of those below them.
   *
   * @param names in lower case
   */
  record Domains(Set<String> names) implements SignUpPolicy {
    public Domains {
      names = Set.copyOf(names);
    }

    @Override
    public boolean admits(EmailAddress email) {
      return names.contains(email.domain());
    }
  }
}
