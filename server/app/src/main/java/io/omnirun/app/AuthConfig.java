package io.omnirun.app;

import io.omnirun.core.signin.SignUpPolicy;
import io.omnirun.mail.SmtpConfig;
import io.omnirun.model.EmailAddress;
import io.omnirun.rest.PublicAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How people sign in and are written to. What the values mean stands at {@link ConfigKey}.
 *
 * @param secretFile empty: the node's secret serves
 * @param smtp empty: mails go into a directory
 */
record AuthConfig(
    PublicAddress address, SignUpPolicy signUp, Optional<Path> secretFile, Optional<Smtp> smtp) {
  /**
   * @param login the user with the file that has the password
   */
  record Smtp(
      InetSocketAddress server,
      SmtpConfig.Security security,
      Optional<String> user,
      Optional<Path> passwordFile,
      EmailAddress from) {}

  private static final String DOMAINS = "domains=";
  private static final List<String> SECURITIES =
      Stream.of(SmtpConfig.Security.values())
          .map(security -> security.name().toLowerCase(Locale.ROOT))
          .toList();

  /**
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID naming the key and what it
   *     takes
   */
  static AuthConfig of(ConfigValues read) {
    return new AuthConfig(
        address(read),
        signUp(read.text(ConfigKey.AUTH_SIGN_UP)),
        read.optionalPath(ConfigKey.AUTH_SECRET_FILE),
        read.optionalAddress(ConfigKey.MAIL_SMTP).map(server -> smtp(read, server)));
  }

  private static PublicAddress address(ConfigValues read) {
    String url = read.text(ConfigKey.AUTH_PUBLIC_URL);
    String proxies = read.text(ConfigKey.TRUSTED_PROXIES);
    try {
      return new PublicAddress(
          URI.create(url.equals("auto") ? "http://" + read.text(ConfigKey.HTTP_BIND) : url),
          proxies.equals("none")
              ? Set.of()
              : Stream.of(proxies.split(",", -1)).map(String::strip).collect(Collectors.toSet()));
    } catch (IllegalArgumentException e) {
      throw ServerConfig.invalid(
          ConfigKey.AUTH_PUBLIC_URL.key(),
          "must be https://host, or http://host:port, without a path");
    }
  }

  private static SignUpPolicy signUp(String text) {
    if (text.equals("invited")) {
      return new SignUpPolicy.InvitedOnly();
    }
    if (text.equals("anyone")) {
      return new SignUpPolicy.Anyone();
    }
    Set<String> domains = new HashSet<>();
    if (text.startsWith(DOMAINS)) {
      for (String domain : text.substring(DOMAINS.length()).split(",", -1)) {
        EmailAddress.parse("somebody@" + domain.strip())
            .ifPresent(email -> domains.add(email.domain()));
      }
    }
    if (domains.isEmpty()) {
      throw ServerConfig.invalid(
          ConfigKey.AUTH_SIGN_UP.key(),
          "must be invited, anyone, or domains= with names separated by commas");
    }
    return new SignUpPolicy.Domains(domains);
  }

  private static Smtp smtp(ConfigValues read, InetSocketAddress server) {
    String security = read.oneOf(ConfigKey.MAIL_SECURITY, SECURITIES);
    return new Smtp(
        server,
        SmtpConfig.Security.valueOf(security.toUpperCase(Locale.ROOT)),
        read.optionalText(ConfigKey.MAIL_USER),
        read.optionalPath(ConfigKey.MAIL_PASSWORD_FILE),
        EmailAddress.parse(read.text(ConfigKey.MAIL_FROM))
            .orElseThrow(
                () ->
                    ServerConfig.invalid(ConfigKey.MAIL_FROM.key(), "must be an e-mail address")));
  }
}
