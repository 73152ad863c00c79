package io.omnirun.app;

import java.util.Arrays;
import java.util.Optional;

/**
 * Every key of the configuration file, with its default; an empty default means that the key must
 * be given.
 */
enum ConfigKey {
  /** Where the API listens; port 0 takes any. */
  HTTP_BIND("http.bind", "127.0.0.1:8080"),
  /** {@code sqlite:/path} or {@code postgresql://user:password@host:port/name}. Sensitive. */
  DATABASE_URL("database.url", ""),
  /** What belongs to this node and its running sandboxes. */
  STATE_DIR("state.dir", ""),
  /** Kernels, images and golden snapshots: may be deleted while nothing runs. */
  CACHE_DIR("cache.dir", ""),
  /** One folder per template. */
  TEMPLATES_DIR("templates.dir", ""),
  /** Names of the templates to serve, separated by commas; empty: all in the folder. */
  TEMPLATES_ENABLED("templates.enabled", "*"),
  /** The launcher's socket. */
  LAUNCHER_SOCKET("launcher.socket", ""),
  /** The agent's binary, which goes into every guest. */
  AGENT_BINARY("agent.binary", ""),
  /**
   * Clones kept ready of a template: {@code name=count} pairs, separated by commas; {@code *} names
   * all others.
   */
  POOL("pool", "playground=2,*=0"),
  /**
   * What machines run in: {@code qemu}, {@code firecracker}, or {@code auto}: Firecracker where the
   * launcher has one that is supported and a guest in it answers when the server starts, else QEMU.
   */
  VMM("vmm.kind", "auto"),
  /**
   * {@code auto}, {@code tcg} or {@code kvm}; of QEMU's machines, for Firecracker has KVM alone.
   */
  ACCELERATOR("vmm.accelerator", "auto"),
  /** Sandboxes that may run at a time on this node, of all accounts. */
  MAX_SANDBOXES("limits.max-sandboxes", "200"),
  /** So many seconds a sandbox that is not permanent may be unused before it ends; 0: for ever. */
  IDLE_LIMIT_S("limits.idle-seconds", "900"),
  /** Host memory that sandboxes must leave available. */
  MEMORY_RESERVE_MIB("limits.memory-reserve-mib", "1024"),
  /** Disk space that sandboxes must leave free. */
  DISK_RESERVE_MIB("limits.disk-reserve-mib", "2048"),
  /**
   * Where {@code GET /metrics} is served for Prometheus, without a key; {@code off}: nowhere. What
   * listens there says how much the node does, not who does it.
   */
  METRICS_BIND("metrics.bind", "off"),
  /**
   * {@code true} lets webhooks lead to addresses that are not public: whoever has an API key can
   * then have this server post to its neighbours.
   */
  WEBHOOKS_ALLOW_PRIVATE("webhooks.allow-private", "false"),
  /**
   * Name servers that sandboxes' questions are passed on to, separated by commas; {@code auto}:
   * those of the host.
   */
  NETWORK_RESOLVERS("network.resolvers", "auto"),
  /**
   * Where browsers reach this server: {@code https://host}; links in mails begin with it. {@code
   * auto}: http and {@code http.bind}.
   */
  AUTH_PUBLIC_URL("auth.public-url", "auto"),
  /**
   * Who may make an account by signing in: {@code invited} (nobody: {@code omnirun admin invite}
   * makes it), {@code anyone}, or {@code domains=} with names separated by commas.
   */
  AUTH_SIGN_UP("auth.sign-up", "invited"),
  /**
   * A file of at least 32 random bytes, the same on all nodes that share a database: it protects
   * codes and second factors. {@code none}: {@code node.secret} of the state directory serves.
   */
  AUTH_SECRET_FILE("auth.secret-file", "none"),
  /** Addresses whose {@code X-Forwarded-For} is believed, separated by commas; {@code none}. */
  TRUSTED_PROXIES("http.trusted-proxies", "none"),
  /** {@code host:port} of a mail server; {@code off}: mails go into {@code outbox} of the state. */
  MAIL_SMTP("mail.smtp", "off"),
  /** {@code starttls}, {@code tls} or {@code none}. */
  MAIL_SECURITY("mail.smtp.security", "starttls"),
  /** Whom the mail server knows us as; {@code none}: nobody. */
  MAIL_USER("mail.smtp.user", "none"),
  /** The file with that user's password. */
  MAIL_PASSWORD_FILE("mail.smtp.password-file", "none"),
  /** Whom mails are from. */
  MAIL_FROM("mail.from", "omnirun@localhost.localdomain"),
  /** How long entries of the audit are kept: {@code 90d} or {@code 36h}. */
  AUDIT_RETENTION("audit.retention", "90d"),
  /** Below which domain previews have their names: one that serves nothing else. */
  GATEWAY_DOMAIN("gateway.domain", "localhost"),
  /** Where previews are served; {@code off}: where the API is. */
  GATEWAY_BIND("gateway.bind", "off"),
  /** The file with the certificates that previews are served with; {@code none}: without TLS. */
  GATEWAY_TLS_CERTIFICATE("gateway.tls-certificate", "none"),
  /** The file with that certificate's key: PKCS #8 in PEM, without a password. */
  GATEWAY_TLS_KEY("gateway.tls-key", "none"),
  /** {@code false}: sandboxes' ports have no names but those of exposures. */
  GATEWAY_SANDBOX_NAMES("gateway.sandbox-names", "true"),
  /** {@code false}: the interpreter's port has no name: who knows it can run code. */
  GATEWAY_INTERPRETER_PORT("gateway.interpreter-port", "true"),
  /**
   * What previews' addresses look like where something stands in front of this server: {@code
   * https://domain[:port]}, each is below that domain. {@code auto}: as the listener is.
   */
  GATEWAY_PUBLIC_URL("gateway.public-url", "auto"),
  /** The file that says which language models are served, and by whom; {@code none}: none are. */
  LLM_CONFIG("llm.config", "none"),
  /** This node's name. */
  NODE_ID("node.id", "local");

  private final String key;
  private final String fallback;

  ConfigKey(String key, String fallback) {
    this.key = key;
    this.fallback = fallback;
  }

  String key() {
    return key;
  }

  Optional<String> fallback() {
    return fallback.isEmpty() ? Optional.empty() : Optional.of(fallback);
  }

  static boolean isKnown(String key) {
    return Arrays.stream(values()).anyMatch(known -> known.key.equals(key));
  }
}
