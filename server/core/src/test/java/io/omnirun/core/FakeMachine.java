package io.omnirun.core;

import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.GuestFiles;
import io.omnirun.core.ports.GuestInterpreter;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.core.ports.ProcessControl;
import io.omnirun.model.Command;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestLink;
import io.omnirun.model.GuestUse;
import io.omnirun.model.Identity;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.ProcessRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/** A machine that is only remembered: what was done to it can be asked. */
final class FakeMachine implements Machine, Guest {
  final AtomicInteger closes = new AtomicInteger();
  final Faults closing = new Faults();
  final AtomicInteger runsOn = new AtomicInteger();
  final Faults runningOn = new Faults();
  final AtomicInteger warmUps = new AtomicInteger();
  final AtomicInteger measurements = new AtomicInteger();
  final AtomicInteger identities = new AtomicInteger();
  private final CompletableFuture<String> ended = new CompletableFuture<>();
  private final MachineId id;

  /** What becomes of a pause: it may throw, or let the VMM die first. */
  volatile Consumer<FakeMachine> onPause = machine -> {};

  /** Is run when it runs on. */
  volatile Runnable onRunOn = () -> {};

  /** What becomes of a measurement: it may block, or throw. */
  volatile Runnable onMeasure = () -> {};

  /** Where a pause keeps it. */
  volatile BiConsumer<MachineId, PauseSeal> keeper = (machine, seal) -> {};

  volatile Optional<GuestInterpreter> interpreter = Optional.empty();

  /** The one it was given last. */
  volatile Optional<Identity> identity = Optional.empty();

  /** With what it refuses its identity, if it does. */
  volatile Optional<ErrorCode> identityRefusal = Optional.empty();

  FakeMachine(MachineId id) {
    this.id = id;
  }

  /** As if its VMM had been killed. */
  void die(String reason) {
    ended.complete(reason);
  }

  @Override
  public MachineId id() {
    return id;
  }

  @Override
  public Guest guest() {
    return this;
  }

  @Override
  public CompletableFuture<String> ended() {
    return ended;
  }

  @Override
  public void pauseVcpus() {}

  @Override
  public void resumeVcpus() {}

  @Override
  public void pause(PauseSeal seal) {
    onPause.accept(this);
    keeper.accept(id, seal);
  }

  volatile Optional<GuestLink> link = Optional.empty();

  volatile Optional<HostLinks.Link> foreseenLink = Optional.empty();

  @Override
  public Optional<HostLinks.Link> foreseenLink() {
    return foreseenLink;
  }

  @Override
  public void runOn() {
    runningOn.call(runsOn::incrementAndGet);
    onRunOn.run();
  }

  @Override
  public void close() {
    closing.call(() -> ended.complete("closed"));
    closes.incrementAndGet();
  }

  @Override
  public GuestInterpreter interpreter() {
    return interpreter.orElseThrow(UnsupportedOperationException::new);
  }

  @Override
  public ProcessControl control() {
    throw new UnsupportedOperationException();
  }

  /** Is run when it has taken on its identity. */
  volatile Runnable onIdentity = () -> {};

  @Override
  public void applyIdentity(Identity identity) {
    identityRefusal.ifPresent(
        code -> {
          throw new OmniRunException(code, "as told");
        });
    identities.incrementAndGet();
    link = identity.link();
    this.identity = Optional.of(identity);
    onIdentity.run();
  }

  @Override
  public void setNetwork(Optional<GuestLink> newLink) {
    link = newLink;
  }

  @Override
  public void warmUp() {
    warmUps.incrementAndGet();
  }

  @Override
  public GuestUse measure() {
    int number = measurements.incrementAndGet();
    onMeasure.run();
    return new GuestUse(1, number, 1, 2, 3, 4);
  }

  @Override
  public CommandResult run(Command command, CompletableFuture<?> callerGone) {
    return new CommandResult(command.line(), "", 0, false);
  }

  @Override
  public CommandResult run(Command command, byte[] input, CompletableFuture<?> callerGone) {
    return run(command, callerGone);
  }

  @Override
  public int start(Command command) {
    return 1;
  }

  @Override
  public List<ProcessRecord> processes(long outputLimitBytes) {
    return List.of();
  }

  @Override
  public Optional<ProcessRecord> process(int handle, long outputLimitBytes) {
    return Optional.empty();
  }

  /** Whether something listens on a port: it may throw. */
  volatile IntPredicate listening = port -> false;

  final AtomicInteger dials = new AtomicInteger();

  @Override
  public SocketChannel dial(int port) {
    dials.incrementAndGet();
    if (!listening.test(port)) {
      throw new OmniRunException(ErrorCode.PORT_CLOSED, "nothing listens there");
    }
    try {
      return SocketChannel.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void writeFile(String path, String user, InputStream content) {}

  @Override
  public InputStream readFile(String path, String user) {
    return InputStream.nullInputStream();
  }

  @Override
  public GuestFiles files() {
    throw new UnsupportedOperationException("no test here looks at files");
  }
}
