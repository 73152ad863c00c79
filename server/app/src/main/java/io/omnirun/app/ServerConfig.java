package io.omnirun.app;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.Reader;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The configuration of a server, read from a properties file. What it means stands at {@link
 * ConfigKey}. Unknown keys, missing ones and values that make no sense stop the process.
 *
 * @param enabledTemplates empty: all
 * @param idleLimit zero: sandboxes may be unused for ever
 * @param metricsBind empty: metrics are served nowhere
 * @param resolvers whom sandboxes' questions for names are passed on to; empty: the host's
 * @param llmConfig the file about language models; empty: none are served
 * @param poolSizes by template name; {@code *} is for those not named
 */
record ServerConfig(
    InetSocketAddress bind,
    String databaseUrl,
    Path stateDir,
    Path cacheDir,
    Path templatesDir,
    List<String> enabledTemplates,
    Path launcherSocket,
    Path agentBinary,
    Map<String, Integer> poolSizes,
    VmmWish vmm,
    String accelerator,
    int maxSandboxes,
    Duration idleLimit,
    int memoryReserveMib,
    int diskReserveMib,
    Optional<InetSocketAddress> metricsBind,
    boolean webhooksAllowPrivate,
    Optional<List<InetSocketAddress>> resolvers,
    AuthConfig auth,
    Duration auditRetention,
    GatewayConfig gateway,
    Optional<Path> llmConfig,
    String nodeId) {

  private static final List<String> ACCELERATORS = List.of("auto", "tcg", "kvm");

  /**
   * @throws OmniRunException CONFIGURATION_INVALID naming the key and what it takes
   */
  public static ServerConfig load(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID, "the configuration file " + file + " cannot be read", e);
    }
    return of(
        properties.stringPropertyNames().stream()
            .collect(Collectors.toMap(key -> key, properties::getProperty)));
  }

  /**
   * @throws OmniRunException CONFIGURATION_INVALID naming the key and what it takes
   */
  public static ServerConfig of(Map<String, String> values) {
    for (String key : values.keySet()) {
      if (!ConfigKey.isKnown(key)) {
        throw invalid(key, "is not a key that this version knows");
      }
    }
    ConfigValues read = new ConfigValues(values);
    String enabled = read.text(ConfigKey.TEMPLATES_ENABLED);
    return new ServerConfig(
        read.address(ConfigKey.HTTP_BIND),
        read.text(ConfigKey.DATABASE_URL),
        read.path(ConfigKey.STATE_DIR),
        read.path(ConfigKey.CACHE_DIR),
        read.path(ConfigKey.TEMPLATES_DIR),
        enabled.equals("*")
            ? List.of()
            : Stream.of(enabled.split(",", -1)).map(String::strip).toList(),
        read.path(ConfigKey.LAUNCHER_SOCKET),
        read.path(ConfigKey.AGENT_BINARY),
        read.counts(ConfigKey.POOL),
        VmmWish.of(read.oneOf(ConfigKey.VMM, VmmWish.TEXTS)),
        read.oneOf(ConfigKey.ACCELERATOR, ACCELERATORS),
        read.number(ConfigKey.MAX_SANDBOXES),
        Duration.ofSeconds(read.number(ConfigKey.IDLE_LIMIT_S)),
        read.number(ConfigKey.MEMORY_RESERVE_MIB),
        read.number(ConfigKey.DISK_RESERVE_MIB),
        read.optionalAddress(ConfigKey.METRICS_BIND),
        read.flag(ConfigKey.WEBHOOKS_ALLOW_PRIVATE),
        read.nameServers(ConfigKey.NETWORK_RESOLVERS),
        AuthConfig.of(read),
        read.duration(ConfigKey.AUDIT_RETENTION),
        GatewayConfig.of(read),
        read.optionalPath(ConfigKey.LLM_CONFIG),
        read.text(ConfigKey.NODE_ID));
  }

  /** How many clones of a template are kept ready. */
  public int poolSize(String template) {
    return poolSizes.getOrDefault(template, poolSizes.getOrDefault("*", 0));
  }

  static OmniRunException invalid(String key, String problem) {
    return new OmniRunException(
        ErrorCode.CONFIGURATION_INVALID, "configuration: " + key + " " + problem);
  }

  /** Leaves the database's address out: it may hold a password. */
  @Override
  public String toString() {
    return "ServerConfig[" + nodeId + " at " + bind + "]";
  }
}
