package io.omnirun.core;

import io.omnirun.core.LiveSandboxes.Running;
import io.omnirun.core.ports.ExposureStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureId;
import io.omnirun.model.GuestPorts;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.PreviewName;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import io.omnirun.model.Visibility;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Previews of this node's sandboxes. Whether a sandbox runs is known here at every moment; what the
 * database says of exposures holds for a second, and no longer than until one is changed here.
 */
final class SandboxPreviews implements PreviewDirectory {
  /** So long a change that another node has made may go unseen. */
  static final Duration MEMORY = Duration.ofSeconds(1);

  /** Of each kind of question: a few megabytes. */
  private static final int MAX_REMEMBERED = 10_000;

  /** As {@code maskRequestHost} spells the port that is asked for. */
  private static final String PORT = "${PORT}";

  /** Compared instead of a hash that there is not: no text has it. */
  private static final String NO_HASH = "-".repeat(64);

  private record Question(AccountId account, SandboxId sandbox, ExposureId exposure) {}

  private final LiveSandboxes live;
  private final SandboxUses uses;
  private final TrafficTokens trafficTokens;
  private final PreviewSettings settings;
  private final LastAccesses accesses;
  private final Clock clock;
  private final BriefCache<String, Optional<Exposure>> bySlug;
  private final BriefCache<Question, Optional<Exposure>> byId;
  private final BriefCache<SandboxId, Optional<SandboxState>> states;

  /**
   * @param nanoClock {@link System#nanoTime} or one like it
   */
  SandboxPreviews(
      ExposureStore store,
      LiveSandboxes live,
      TrafficTokens trafficTokens,
      PreviewSettings settings,
      Clock clock,
      LongSupplier nanoClock) {
    this.live = live;
    this.uses = new SandboxUses(live);
    this.trafficTokens = trafficTokens;
    this.settings = settings;
    this.accesses = new LastAccesses(store, clock);
    this.clock = clock;
    this.bySlug = new BriefCache<>(MEMORY, MAX_REMEMBERED, nanoClock, store::findBySlug);
    this.byId =
        new BriefCache<>(
            MEMORY,
            MAX_REMEMBERED,
            nanoClock,
            asked -> store.find(asked.account(), asked.sandbox(), asked.exposure()));
    this.states = new BriefCache<>(MEMORY, MAX_REMEMBERED, nanoClock, store::sandboxState);
  }

  /** Forgets what the database has said: something was changed. */
  void invalidate() {
    bySlug.invalidate();
    byId.invalidate();
  }

  @Override
  public PreviewTarget find(PreviewName name) {
    return switch (name) {
      case PreviewName.SandboxPort(SandboxId sandbox, int port) -> ofSandbox(sandbox, port);
      case PreviewName.Slug(String slug) -> ofExposure(slug);
    };
  }

  private PreviewTarget ofSandbox(SandboxId sandbox, int port) {
    boolean served =
        settings.sandboxNames()
            && port != GuestPorts.AGENT
            && port != GuestPorts.LLM
            && (port != GuestPorts.INTERPRETER || settings.interpreterPort());
    if (!served) {
      throw notFound();
    }
    Running running = running(sandbox);
    return new PreviewTarget(
        running.owner(),
        sandbox,
        running.machine().id(),
        port,
        Optional.empty(),
        running.secure(),
        false,
        maskedHost(running, port));
  }

  private PreviewTarget ofExposure(String slug) {
    Exposure exposure =
        bySlug
            .get(slug)
            .map(found -> found.at(clock.instant()))
            .filter(found -> found.status().isOpen())
            .orElseThrow(SandboxPreviews::notFound);
    Running running = running(exposure.sandbox());
    return new PreviewTarget(
        exposure.account(),
        exposure.sandbox(),
        running.machine().id(),
        exposure.port(),
        Optional.of(exposure.id()),
        running.secure() || exposure.visibility() == Visibility.PRIVATE,
        exposure.preserveHost(),
        maskedHost(running, exposure.port()));
  }

  private static Optional<String> maskedHost(Running running, int port) {
    return running.maskedHost().map(host -> host.replace(PORT, Integer.toString(port)));
  }

  private Running running(SandboxId sandbox) {
    return live.running(sandbox).orElseThrow(() -> notRunning(sandbox));
  }

  /** One that runs on another node is none of this one's. */
  private OmniRunException notRunning(SandboxId sandbox) {
    boolean paused = states.get(sandbox).map(SandboxState::isPausedOrNearly).orElse(false);
    return paused
        ? new OmniRunException(ErrorCode.SANDBOX_PAUSED, "the sandbox is paused")
        : notFound();
  }

  private static OmniRunException notFound() {
    return new OmniRunException(
        ErrorCode.PREVIEW_NOT_FOUND, "there is no such preview, or it is over");
  }

  /** Both comparisons are always made, whatever there is to compare with. */
  @Override
  public boolean admits(PreviewTarget target, String token) {
    String shown = Secrets.sha256(token);
    boolean opensSandbox = isSame(shown, trafficHash(target));
    boolean opensExposure = isSame(shown, exposureHash(target));
    return opensSandbox | opensExposure;
  }

  private static boolean isSame(String shown, String hash) {
    return MessageDigest.isEqual(
        shown.getBytes(StandardCharsets.US_ASCII), hash.getBytes(StandardCharsets.US_ASCII));
  }

  private String trafficHash(PreviewTarget target) {
    return live.running(target.sandbox())
        .filter(Running::secure)
        .map(running -> Secrets.sha256(trafficTokens.ofSecure(target.sandbox())))
        .orElse(NO_HASH);
  }

  private String exposureHash(PreviewTarget target) {
    return target
        .exposure()
        .map(id -> new Question(target.account(), target.sandbox(), id))
        .flatMap(byId::get)
        .flatMap(Exposure::tokenHash)
        .orElse(NO_HASH);
  }

  @Override
  public SocketChannel dial(PreviewTarget target) {
    Running running = running(target.sandbox());
    if (!isOn(running, target)) {
      throw notFound();
    }
    try {
      return running.machine().guest().dial(target.port());
    } catch (OmniRunException e) {
      throw isOfAnEnd(e, target) ? ended(target) : e;
    }
  }

  /**
   * A machine that is going ends its streams: within the handshake that looks like a closed port.
   */
  private boolean isOfAnEnd(OmniRunException e, PreviewTarget target) {
    boolean unanswered =
        e.code() == ErrorCode.GUEST_UNREACHABLE || e.code() == ErrorCode.PORT_CLOSED;
    return unanswered && live.running(target.sandbox()).filter(it -> isOn(it, target)).isEmpty();
  }

  private static boolean isOn(Running running, PreviewTarget target) {
    return running.machine().id().equals(target.machine());
  }

  private OmniRunException ended(PreviewTarget target) {
    return live.isRunning(target.sandbox()) ? notFound() : notRunning(target.sandbox());
  }

  @Override
  public SandboxUses.Use begin(PreviewTarget target) {
    target.exposure().ifPresent(exposure -> accesses.note(target.account(), exposure));
    return uses.begin(target.account(), target.sandbox());
  }
}
