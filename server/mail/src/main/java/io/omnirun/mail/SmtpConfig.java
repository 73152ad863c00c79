package io.omnirun.mail;

import io.omnirun.model.EmailAddress;
import java.util.Optional;

/**
 * Which server takes our mails.
 *
 * @param from whom they are from
 */
public record SmtpConfig(
    String host, int port, Security security, Optional<Login> login, EmailAddress from) {
  /** How the connection is kept from being read. */
  public enum Security {
    /** It begins in the clear and must change to TLS. */
    STARTTLS,
    /** It is TLS from the start. */
    TLS,
    /** It is not: for a server on this host. */
    NONE
  }

  /** With what the server is convinced. */
  public record Login(String user, String password) {
    /** Leaves the password out. */
    @Override
    public String toString() {
      return "Login[" + user + "]";
    }
  }
}
