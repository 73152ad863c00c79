package io.omnirun.app;

import io.omnirun.core.PreviewSettings;
import io.omnirun.core.PreviewUrls;
import io.omnirun.gateway.GatewaySettings;
import io.omnirun.http.TlsIdentity;
import io.omnirun.rest.PublicAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * How sandboxes' ports are seen on the web.
 *
 * @param domain below which previews have their names, in lower case
 * @param bind empty: the API's listener serves them
 * @param tlsCertificate empty: they are served without TLS
 * @param tlsKey present if the certificate is
 * @param publicUrl where browsers begin; empty: at the listener
 */
record GatewayConfig(
    String domain,
    Optional<InetSocketAddress> bind,
    Optional<Path> tlsCertificate,
    Optional<Path> tlsKey,
    boolean sandboxNames,
    boolean interpreterPort,
    Optional<URI> publicUrl) {
  private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  private static final Pattern DOMAIN = Pattern.compile(LABEL + "(\\." + LABEL + ")*");

  /** A host name has 253 characters (RFC 1035); a slug and its dot take 64 of them. */
  private static final int MAX_DOMAIN_LENGTH = 189;

  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  /**
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID naming the key and what it
   *     takes
   */
  static GatewayConfig of(ConfigValues read) {
    Optional<InetSocketAddress> bind = read.optionalAddress(ConfigKey.GATEWAY_BIND);
    Optional<Path> certificate = read.optionalPath(ConfigKey.GATEWAY_TLS_CERTIFICATE);
    Optional<Path> key = read.optionalPath(ConfigKey.GATEWAY_TLS_KEY);
    if (certificate.isPresent() != key.isPresent()) {
      throw ServerConfig.invalid(
          ConfigKey.GATEWAY_TLS_KEY.key(), "and gateway.tls-certificate must be given together");
    }
    if (certificate.isPresent() && bind.isEmpty()) {
      throw ServerConfig.invalid(
          ConfigKey.GATEWAY_TLS_CERTIFICATE.key(),
          "is for previews that have a listener of their own: give gateway.bind");
    }
    return new GatewayConfig(
        domain(read),
        bind,
        certificate,
        key,
        read.flag(ConfigKey.GATEWAY_SANDBOX_NAMES),
        read.flag(ConfigKey.GATEWAY_INTERPRETER_PORT),
        publicUrl(read.text(ConfigKey.GATEWAY_PUBLIC_URL)));
  }

  private static String domain(ConfigValues read) {
    String domain = read.text(ConfigKey.GATEWAY_DOMAIN);
    if (domain.length() > MAX_DOMAIN_LENGTH || !DOMAIN.matcher(domain).matches()) {
      throw ServerConfig.invalid(
          ConfigKey.GATEWAY_DOMAIN.key(),
          "must be a domain in lower case, of at most %d characters".formatted(MAX_DOMAIN_LENGTH));
    }
    return domain;
  }

  private static Optional<URI> publicUrl(String text) {
    if (text.equals("auto")) {
      return Optional.empty();
    }
    try {
      URI url = URI.create(text);
      if (PublicAddress.isOrigin(url) && DOMAIN.matcher(url.getHost()).matches()) {
        return Optional.of(url);
      }
    } catch (IllegalArgumentException e) {
      throw invalidUrl();
    }
    throw invalidUrl();
  }

  private static RuntimeException invalidUrl() {
    return ServerConfig.invalid(
        ConfigKey.GATEWAY_PUBLIC_URL.key(),
        "must be https://domain or http://domain, with :port if need be, without a path");
  }

  /**
   * What the use cases need of it.
   *
   * @param api the API's listener
   */
  PreviewSettings previews(InetSocketAddress api) {
    return new PreviewSettings(
        publicUrl.map(GatewayConfig::urls).orElseGet(() -> urls(bind.orElse(api))),
        sandboxNames,
        interpreterPort);
  }

  /** What the gateway needs of it. */
  GatewaySettings settings() {
    boolean tlsBefore = publicUrl.filter(url -> url.getScheme().equals("https")).isPresent();
    return GatewaySettings.of(domain, tlsBefore);
  }

  /**
   * By what previews prove their names; empty: by nothing.
   *
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID saying which file is wrong, and
   *     how
   */
  Optional<TlsIdentity> tls() {
    return tlsCertificate.flatMap(
        certificate -> tlsKey.map(key -> TlsIdentity.load(certificate, key)));
  }

  private static PreviewUrls urls(URI url) {
    return new PreviewUrls(url.getScheme(), url.getHost(), port(url.getScheme(), url.getPort()));
  }

  private PreviewUrls urls(InetSocketAddress listener) {
    String scheme = bind.isPresent() && tlsCertificate.isPresent() ? "https" : "http";
    return new PreviewUrls(scheme, domain, port(scheme, listener.getPort()));
  }

  private static OptionalInt port(String scheme, int port) {
    boolean isUsual = port == (scheme.equals("https") ? HTTPS_PORT : HTTP_PORT);
    return port < 0 || isUsual ? OptionalInt.empty() : OptionalInt.of(port);
  }
}
