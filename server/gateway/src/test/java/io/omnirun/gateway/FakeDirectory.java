package io.omnirun.gateway;

import static java.util.Objects.requireNonNull;

import io.omnirun.core.PreviewDirectory;
import io.omnirun.core.PreviewTarget;
import io.omnirun.core.SandboxUses;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.ExposureId;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.PreviewName;
import io.omnirun.model.SandboxId;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Names that a test has given to stand-in guests. */
final class FakeDirectory implements PreviewDirectory {
  private final Map<PreviewName, PreviewTarget> targets = new ConcurrentHashMap<>();
  private final Map<MachineId, Supplier<SocketChannel>> dialling = new ConcurrentHashMap<>();
  private final Map<PreviewName, ErrorCode> refusals = new ConcurrentHashMap<>();
  private final Map<PreviewTarget, String> tokens = new ConcurrentHashMap<>();
  private final AtomicInteger uses = new AtomicInteger();

  /** A sandbox whose ports all lead to one guest. */
  static PreviewTarget target(SandboxId sandbox, int port) {
    return new PreviewTarget(
        AccountId.random(),
        sandbox,
        MachineId.random(),
        port,
        Optional.empty(),
        false,
        false,
        Optional.empty());
  }

  void put(PreviewName name, PreviewTarget target, Supplier<SocketChannel> dial) {
    targets.put(name, target);
    dialling.put(target.machine(), dial);
  }

  /** The same target behind a token. */
  PreviewTarget gate(PreviewName name, String token) {
    PreviewTarget open = find(name);
    PreviewTarget gated =
        new PreviewTarget(
            open.account(),
            open.sandbox(),
            open.machine(),
            open.port(),
            Optional.of(ExposureId.random()),
            true,
            open.preserveHost(),
            open.maskedHost());
    targets.put(name, gated);
    tokens.put(gated, token);
    return gated;
  }

  void replace(PreviewName name, PreviewTarget target) {
    targets.put(name, target);
  }

  void refuse(PreviewName name, ErrorCode code) {
    refusals.put(name, code);
  }

  int uses() {
    return uses.get();
  }

  @Override
  public PreviewTarget find(PreviewName name) {
    ErrorCode refusal = refusals.get(name);
    if (refusal != null) {
      throw new OmniRunException(refusal, "refused by the test");
    }
    PreviewTarget target = targets.get(name);
    if (target == null) {
      throw new OmniRunException(ErrorCode.PREVIEW_NOT_FOUND, "no such preview");
    }
    return target;
  }

  @Override
  public boolean admits(PreviewTarget target, String token) {
    return token.equals(tokens.get(target));
  }

  @Override
  public SocketChannel dial(PreviewTarget target) {
    return requireNonNull(dialling.get(target.machine()), "nobody is there").get();
  }

  @Override
  public SandboxUses.Use begin(PreviewTarget target) {
    uses.incrementAndGet();
    return uses::decrementAndGet;
  }
}
