package io.omnirun.rest;

import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.ProcessControl;
import io.omnirun.model.Command;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestLink;
import io.omnirun.model.GuestUse;
import io.omnirun.model.Identity;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.ProcessRecord;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A guest that remembers what it is told, and keeps files in memory. */
final class FakeGuest implements Guest {
  /** Takes the content of a file. */
  @FunctionalInterface
  interface FileSink {
    void accept(InputStream content) throws IOException;
  }

  /** A command that goes on until its caller has gone. */
  static final String ENDLESS = "endless";

  /** Completes when such a command was begun, with the end of its caller. */
  final CompletableFuture<CompletableFuture<?>> endless = new CompletableFuture<>();

  final List<Identity> identities = new CopyOnWriteArrayList<>();
  final List<Command> commands = new CopyOnWriteArrayList<>();
  final Map<String, byte[]> files = new ConcurrentHashMap<>();
  final Map<String, String> owners = new ConcurrentHashMap<>();
  final FakeFiles fakeFiles = new FakeFiles(this);
  final List<ProcessRecord> processes = new ArrayList<>();

  final FakeProcessControl control = new FakeProcessControl();

  /** What the next commands answer. */
  volatile CommandResult result = new CommandResult("out", "err", 0, false);

  /** What it says it uses. */
  volatile GuestUse use = new GuestUse(2, 12.5, 100, 512, 7, 1_000);

  /** What is read of any file instead of what was written. */
  volatile Optional<InputStream> source = Optional.empty();

  /** Where any file goes instead of memory. */
  volatile Optional<FileSink> sink = Optional.empty();

  @Override
  public void setNetwork(Optional<GuestLink> link) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void applyIdentity(Identity identity) {
    identities.add(identity);
  }

  @Override
  public void warmUp() {}

  /** The ports on which something listens. */
  final Set<Integer> listening = ConcurrentHashMap.newKeySet();

  @Override
  public SocketChannel dial(int port) {
    if (!listening.contains(port)) {
      throw new OmniRunException(ErrorCode.PORT_CLOSED, "nothing listens there");
    }
    try {
      return SocketChannel.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public GuestUse measure() {
    return use;
  }

  @Override
  public CommandResult run(Command command, CompletableFuture<?> callerGone) {
    commands.add(command);
    if (command.line().equals(ENDLESS)) {
      endless.complete(callerGone);
      callerGone.join();
      throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "nobody waits any more");
    }
    if (command.user().equals("nobody-here")) {
      throw new OmniRunException(ErrorCode.USER_NOT_FOUND, "the guest has no such user");
    }
    if (command.cwd().filter("/missing"::equals).isPresent()) {
      throw new OmniRunException(ErrorCode.CWD_NOT_FOUND, "there is no such directory");
    }
    return result;
  }

  @Override
  public synchronized int start(Command command) {
    commands.add(command);
    int handle = processes.size() + 1;
    processes.add(
        new ProcessRecord(
            handle,
            command.line(),
            true,
            OptionalInt.empty(),
            "so far",
            "",
            false,
            Instant.parse("2026-01-02T03:04:05.678901Z"),
            Optional.empty()));
    return handle;
  }

  /** Lets a started process have ended. */
  synchronized void end(int handle, int exitCode) {
    ProcessRecord running = processes.get(handle - 1);
    processes.set(
        handle - 1,
        new ProcessRecord(
            handle,
            running.commandLine(),
            false,
            OptionalInt.of(exitCode),
            "all of it",
            "and this",
            true,
            running.startedAt(),
            Optional.of(Instant.parse("2026-01-02T03:04:06Z"))));
  }

  @Override
  public ProcessControl control() {
    return control;
  }

  @Override
  public synchronized List<ProcessRecord> processes(long outputLimitBytes) {
    return List.copyOf(processes);
  }

  @Override
  public synchronized Optional<ProcessRecord> process(int handle, long outputLimitBytes) {
    return processes.stream().filter(process -> process.handle() == handle).findFirst();
  }

  @Override
  public void writeFile(String path, String user, InputStream content) {
    try {
      if (sink.isPresent()) {
        sink.get().accept(content);
      } else {
        files.put(path, content.readAllBytes());
        owners.put(path, user);
      }
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "the upload broke", e);
    }
  }

  @Override
  public InputStream readFile(String path, String user) {
    if (source.isPresent()) {
      return source.get();
    }
    byte[] content = files.get(path);
    if (content == null) {
      throw new OmniRunException(ErrorCode.FILE_NOT_FOUND, "there is no such file");
    }
    return new ByteArrayInputStream(content);
  }

  @Override
  public FakeFiles files() {
    return fakeFiles;
  }

  /** Whether anything was asked of it but to be somebody. */
  boolean isUntouched() {
    return commands.isEmpty()
        && files.isEmpty()
        && control.done.isEmpty()
        && control.opened.isEmpty();
  }
}
