package io.omnirun.app;

import io.omnirun.core.Audit;
import io.omnirun.core.AuditPruning;
import io.omnirun.core.Backoff;
import io.omnirun.core.GoldenCatalog;
import io.omnirun.core.MasterKeyGuard;
import io.omnirun.core.Templates;
import io.omnirun.core.UseCases;
import io.omnirun.core.Vaults;
import io.omnirun.core.WebhookSecrets;
import io.omnirun.core.Webhooks;
import io.omnirun.core.ports.FirstKeyKeeper;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.gateway.Gateway;
import io.omnirun.http.HttpServer;
import io.omnirun.http.HttpServerConfig;
import io.omnirun.http.Router;
import io.omnirun.http.TlsIdentity;
import io.omnirun.images.ImageCache;
import io.omnirun.images.ImageRecipes;
import io.omnirun.images.TemplateCatalog;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.qemu.QemuHost;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.MachineId;
import io.omnirun.model.MachineKind;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Vmm;
import io.omnirun.network.NetworkServices;
import io.omnirun.rest.Identity;
import io.omnirun.rest.RestApi;
import io.omnirun.store.Database;
import io.omnirun.store.DatabaseConfig;
import io.omnirun.vault.LocalKeyWrapper;
import io.omnirun.vault.TinkVaultCipher;
import io.omnirun.webhooks.RetryPlan;
import io.omnirun.webhooks.WebhookDispatcher;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A whole server in this process: everything wired, started in order, and ended in the reverse one.
 */
final class Server implements AutoCloseable {
  private final Resources resources = new Resources();
  private final PrometheusMetrics metrics = resources.add(new PrometheusMetrics());
  private final SandboxStore sandboxes;
  private final Webhooks webhooks;
  private final Audit audit;
  private final AuditPruning auditPruning;
  private final Vaults vaults;
  private final WebhookDispatcher dispatcher;
  private final UseCases useCases;
  private final NodeId node;
  private final IdentityWiring identityWiring;
  private final Identity identity;
  private final GoldenCatalog goldens;
  private final Templates templates;
  private final GuestServices guestServices;

  private final Optional<TlsIdentity> gatewayTls;
  private final LlmWiring llm;

  /** Connects to store and launcher and takes up what runs on this host. */
  Server(ServerConfig config) {
    try {
      this.gatewayTls = config.gateway().tls();
      resources.add(StateLock.take(config.stateDir()));
      Path pausedDir = Files.createDirectories(config.stateDir().resolve("paused"));
      Path machinesDir = Files.createDirectories(config.stateDir().resolve("machines"));
      this.guestServices = GuestServices.in(config.stateDir());
      Database database = resources.add(Database.open(new DatabaseConfig(config.databaseUrl())));
      this.node = NodeIdFile.loadOrCreate(config.stateDir());
      QemuHost host =
          resources.add(
              new QemuHost(config.launcherSocket(), machinesDir, config.cacheDir(), guestServices));
      HostCapacity capacity =
          new HostCapacity(machinesDir, config.memoryReserveMib(), config.diskReserveMib());
      TemplateCatalog catalog = TemplateCatalog.load(config.templatesDir());
      this.templates = TemplateLoader.load(catalog, config);
      ImageCache images = new ImageCache(config.cacheDir(), config.agentBinary());
      ImageRecipes recipes = new ImageRecipes(catalog, images);
      VmmWiring.Machines machines =
          new VmmWiring(
                  config,
                  host,
                  capacity,
                  new VmmWiring.Images(templates, recipes, images),
                  resources)
              .choose(machinesDir, pausedDir, vmmsInUse(database, host));
      metrics.machinesRunOn(machines.driver().platform());
      this.goldens = resources.add(new GoldenCatalog(recipes, machines.builder()));
      NetworkServices network =
          resources.add(NetworkServices.start(host.links(), config.resolvers(), metrics));
      byte[] nodeSecret = NodeSecret.loadOrCreate(config.stateDir());
      this.audit = new Audit(database.audit(), Clock.systemUTC());
      this.auditPruning =
          resources.add(
              new AuditPruning(database.audit(), config.auditRetention(), Clock.systemUTC()));
      this.vaults = openVaults(config, database, audit);
      WebhookSecrets webhookSecrets = new WebhookSecrets(nodeSecret);
      this.webhooks =
          new Webhooks(
              database.webhooks(node),
              webhookSecrets,
              Clock.systemUTC(),
              config.webhooksAllowPrivate());
      this.dispatcher =
          resources.add(
              new WebhookDispatcher(
                  database.deliveries(node),
                  webhookSecrets,
                  RetryPlan.USUAL,
                  Clock.systemUTC(),
                  config.webhooksAllowPrivate()));
      this.sandboxes = database.sandboxes(node, Clock.systemUTC(), dispatcher::wake);
      this.useCases =
          UseCases.create(
              new UseCases.Settings(
                  config.nodeId(),
                  nodeSecret,
                  config.maxSandboxes(),
                  Backoff.USUAL,
                  config.idleLimit(),
                  config.gateway().previews(config.bind())),
              new UseCases.Ports(
                  sandboxes,
                  database.accounts(),
                  database.tokens(),
                  machines.driver(),
                  machines.paused(),
                  goldens,
                  Clock.systemUTC(),
                  metrics,
                  vaults,
                  network.network(),
                  database.exposures(node, Clock.systemUTC(), dispatcher::wake)),
              templates);
      this.llm =
          LlmWiring.of(
              config,
              new LlmWiring.Ports(database.llm(node), vaults, metrics, useCases.llm()::capSpent),
              resources);
      this.identityWiring = new IdentityWiring(config, database, resources);
      this.identity = identityWiring.wire(useCases, vaults, audit, nodeSecret);
      resources.add(useCases.timers());
      resources.add(useCases.pool());
    } catch (IOException e) {
      resources.close();
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID, "the state directory cannot be used", e);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /** A server that cannot open them does not start: it would lose what it is given next. */
  private static Vaults openVaults(ServerConfig config, Database database, Audit audit) {
    LocalKeyWrapper keys = new LocalKeyWrapper(MasterKeyFile.in(config.stateDir()));
    new MasterKeyGuard(database.vaults(), keys).requireRightKey();
    return new Vaults(database.vaults(), new TinkVaultCipher(), keys, audit, Clock.systemUTC());
  }

  /** Of sandboxes whose machines live; before their rows said so there was only QEMU. */
  private Set<Vmm> vmmsInUse(Database database, QemuHost host) {
    Set<MachineId> living = host.living();
    return database.sandboxes(node).listUnfinished().stream()
        .filter(sandbox -> living.contains(sandbox.machine()))
        .map(sandbox -> sandbox.machineKind().map(MachineKind::vmm).orElse(Vmm.QEMU))
        .collect(Collectors.toSet());
  }

  /** Makes the account that the operator begins with, if there is no account yet. */
  void createFirstAccount(FirstKeyKeeper keeper) {
    useCases.accounts().createFirst(keeper);
  }

  GoldenCatalog goldens() {
    return goldens;
  }

  Templates templates() {
    return templates;
  }

  /**
   * Adopts what runs, makes templates ready in the background, and serves the API. Returns when it
   * accepts calls.
   */
  HttpServer serve(ServerConfig config) {
    // Before it: sandboxes that are taken up may be in the middle of asking.
    resources.add(guestServices.open(useCases, llm.routes(), metrics));
    useCases.reconciler().reconcile();
    useCases.exposures().resumeWatching();
    dispatcher.start();
    identityWiring.beginChores(useCases, node);
    auditPruning.start();
    goldens.prepareInBackground(
        templates,
        (template, golden) -> {
          if (golden.size().equals(template.defaultSize())) {
            useCases.pool().keep(golden, template.poolSize());
          }
        });
    config
        .metricsBind()
        .ifPresent(
            bind ->
                resources.add(
                    new MetricsEndpoint(metrics, sandboxes, useCases.pool()).listen(bind)));
    Router router = new Router();
    RestApi api =
        new RestApi(
            identity,
            useCases.sandboxes(),
            useCases.pauses(),
            useCases.commands(),
            useCases.codeRuns(),
            useCases.interpreter(),
            useCases.terminals(),
            useCases.files(),
            useCases.nodeStatus(),
            useCases.trafficTokens(),
            useCases.metrics(),
            useCases.networks(),
            useCases.exposures(),
            config.gateway().previews(config.bind()).urls(),
            useCases.uses(),
            webhooks,
            vaults,
            audit,
            llm.caps());
    api.register(router);
    llm.routes()
        .register(
            router,
            handler ->
                api.forModelCallers(
                    (exchange, caller) -> handler.handle(exchange, LlmCaller.of(caller))));
    Gateway gateway = resources.add(new Gateway(useCases.previews(), config.gateway().settings()));
    HttpServerConfig apiListener = listener(config.bind());
    Optional<InetSocketAddress> ownBind = config.gateway().bind();
    if (ownBind.isEmpty()) {
      return resources.add(HttpServer.start(apiListener, router, gateway, metrics));
    }
    resources.add(HttpServer.start(listener(ownBind.get()), gateway, gatewayTls, metrics));
    return resources.add(HttpServer.start(apiListener, router, metrics));
  }

  private static HttpServerConfig listener(InetSocketAddress bind) {
    return HttpServerConfig.at(bind.getHostString(), bind.getPort());
  }

  @Override
  public void close() {
    resources.close();
  }
}
