package io.omnirun.machine;

import com.google.protobuf.ByteString;
import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.GuestFiles;
import io.omnirun.core.ports.GuestInterpreter;
import io.omnirun.core.ports.ProcessControl;
import io.omnirun.guest.GuestChannel;
import io.omnirun.guest.PortClosedException;
import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.Alarms;
import io.omnirun.guest.agent.ProcessStream;
import io.omnirun.guest.proto.process.ProcessConfig;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.StartRequest;
import io.omnirun.guest.proto.v1.ApplyIdentityRequest;
import io.omnirun.guest.proto.v1.AwakenRequest;
import io.omnirun.guest.proto.v1.Credentials;
import io.omnirun.guest.proto.v1.Network;
import io.omnirun.guest.proto.v1.SetNetworkRequest;
import io.omnirun.model.Command;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestEnvironment;
import io.omnirun.model.GuestLink;
import io.omnirun.model.GuestPorts;
import io.omnirun.model.GuestUse;
import io.omnirun.model.Identity;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.ProcessRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A guest seen through the client of its agent. Thread-safe. */
public final class AgentGuest implements Guest {
  private static final Logger log = LoggerFactory.getLogger(AgentGuest.class);

  /** A guest on a loaded host joins a stream late; one that never does is not waited for. */
  private static final Duration DIAL_LIMIT = Duration.ofSeconds(10);

  /** Twice what the kernel's generator holds. */
  private static final int ENTROPY_BYTES = 64;

  private static final int MAC_BYTES = 6;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Of a sandbox's host name, which is its id without the prefix. */
  private static final int HOSTNAME_CHARACTERS = 20;

  /**
   * The guest ends a command at its time-out; so much later the host waits no more. An emulated
   * guest on a loaded host needs seconds to say what is left.
   */
  private static final Duration TIMEOUT_GRACE = Duration.ofMinutes(1);

  /** A process that starts is reported at once, even where a page of its shell must be read. */
  private static final Duration START_LIMIT = Duration.ofMinutes(1);

  static final String SHELL = "/bin/bash";

  /**
   * A third of {@code GuestHttp.MAX_CONNECTIONS}: commands that never end must leave room for calls
   * that are answered at once.
   */
  static final int MAX_WAITED_COMMANDS = 64;

  /** A large vault: the agent's memory has then grown in the template, once for all clones. */
  private static final int REHEARSED_CREDENTIALS = 1_000;

  /** Enough to have the code translated, and no more of a clone's memory touched than need be. */
  private static final int WARMING_CREDENTIALS = 50;

  /** Of addresses that nobody has (RFC 5737); nothing is plugged in yet. */
  private static final GuestLink NOBODYS_LINK =
      new GuestLink("192.0.2.2/30", "192.0.2.1", List.of(GuestLink.NAME_SERVER));

  /** What a claim with credentials leaves behind. */
  private static final Command REMOVE_CREDENTIALS =
      new Command("rm /tmp/.omnirun-env", "root", Optional.empty(), Map.of(), Optional.empty());

  private static final SecureRandom RANDOM = new SecureRandom();

  private final AgentClient agent;
  private final GuestChannel channel;
  private final AgentFiles files;
  private final OutputMemory outputs;
  private final Duration grace;
  private final Alarms alarms;
  private final ProcessControl control;
  private final GuestInterpreter interpreter;
  private final Semaphore waitedCommands = new Semaphore(MAX_WAITED_COMMANDS);
  private volatile String accessToken = "";

  /**
   * Whether this guest's card has been given an address of its own, which it keeps: a clone gets it
   * as it is warmed up, for a card that is up takes milliseconds to change it.
   */
  private volatile boolean hasMac;

  /**
   * Connects to nothing yet.
   *
   * @param socket the machine's, with the CONNECT handshake
   */
  public AgentGuest(GuestResources resources, Path socket) {
    this(resources, socket, TIMEOUT_GRACE);
  }

  AgentGuest(GuestResources resources, Path socket, Duration grace) {
    this.grace = grace;
    this.alarms = resources.http().alarms();
    this.agent = new AgentClient(resources.http(), socket, () -> accessToken);
    this.channel = new GuestChannel(socket);
    this.files = new AgentFiles(agent);
    this.outputs = resources.outputs();
    this.control = new AgentProcessControl(agent, this::start);
    this.interpreter = new InterpreterOverHttp(resources, socket);
  }

  /** Returns when the agent answers calls. */
  public void awaitAgent() {
    agent.health();
  }

  /** From now on calls carry this token. */
  public void useToken(String token) {
    this.accessToken = token;
  }

  /**
   * Makes the guest forget the commands it has run, though they may run on, and write everything
   * dirty to its disk.
   */
  public void prepareSnapshot() {
    agent.forgetAll();
    agent.sync();
  }

  @Override
  public GuestUse measure() {
    return Measurements.of(agent.metrics());
  }

  @Override
  public void applyIdentity(Identity identity) {
    ApplyIdentityRequest.Builder request =
        ApplyIdentityRequest.newBuilder()
            .setHostname(identity.hostname())
            .setMachineId(identity.machineId())
            .setBootId(identity.bootId())
            .setEntropy(entropy())
            .setUnixNs(unixNanos())
            .putAllEnvs(identity.environment().variables())
            .setAccessToken(identity.accessToken());
    identity
        .environment()
        .credentials()
        .ifPresent(values -> request.setCredentials(credentials(values)));
    identity.link().map(AgentGuest::network).ifPresent(request::setNetwork);
    if (identity.callsModels()) {
      request.setLlmPort(GuestPorts.LLM);
    }
    if (!hasMac) {
      request.setMac(randomMac());
    }
    agent.applyIdentity(request.build());
    hasMac = true;
    useToken(identity.accessToken());
  }

  private static Network network(GuestLink link) {
    return Network.newBuilder()
        .setAddressCidr(link.address())
        .setGateway(link.gateway())
        .addAllDns(link.nameServers())
        .build();
  }

  @Override
  public void setNetwork(Optional<GuestLink> link) {
    SetNetworkRequest.Builder request = SetNetworkRequest.newBuilder();
    link.map(AgentGuest::network).ifPresent(request::setNetwork);
    agent.setNetwork(request.build());
  }

  private static Credentials credentials(Map<String, String> values) {
    StringBuilder block = new StringBuilder();
    values.forEach((name, value) -> block.append(name).append('=').append(value).append('\0'));
    return Credentials.newBuilder().setBlock(block.toString()).build();
  }

  private static ByteString entropy() {
    byte[] entropy = new byte[ENTROPY_BYTES];
    RANDOM.nextBytes(entropy);
    return ByteString.copyFrom(entropy);
  }

  /** Locally administered and unicast: bit 1 of the first byte set, bit 0 clear (IEEE 802). */
  private static String randomMac() {
    byte[] mac = new byte[MAC_BYTES];
    RANDOM.nextBytes(mac);
    mac[0] = (byte) ((mac[0] & 0xFC) | 0x02);
    return HexFormat.ofDelimiter(":").formatHex(mac);
  }

  private static long unixNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * NANOS_PER_SECOND + now.getNano();
  }

  /** Gives a guest that was paused the time that it is, and randomness that no other copy has. */
  public void awaken() {
    try {
      agent.awaken(AwakenRequest.newBuilder().setEntropy(entropy()).setUnixNs(unixNanos()).build());
    } catch (OmniRunException e) {
      if (e.code() != ErrorCode.INVALID_REQUEST) {
        throw e;
      }
      log.warn(
          "an agent of a version that cannot be awakened keeps the clock it was paused with", e);
    }
  }

  /**
   * Takes a template through what each of its clones will do, so that they find files of the right
   * length, and read pages and code into memory only once. It is without a token afterwards, as it
   * was.
   */
  public void rehearseIdentity() {
    applyIdentity(nobody('0', REHEARSED_CREDENTIALS, Optional.of(NOBODYS_LINK)));
    applyIdentity(nobody('1', REHEARSED_CREDENTIALS, Optional.empty()));
    run(REMOVE_CREDENTIALS);
  }

  @Override
  public void warmUp() {
    applyIdentity(nobody('2', WARMING_CREDENTIALS, Optional.of(NOBODYS_LINK)));
    setNetwork(Optional.empty());
    run(REMOVE_CREDENTIALS);
    agent.forgetFinished();
  }

  /** Replaced before the clone is anybody's; its parts have the lengths of real ones. */
  private static Identity nobody(char digit, int credentials, Optional<GuestLink> link) {
    String digits = Character.toString(digit).repeat(HOSTNAME_CHARACTERS);
    return new Identity(
        digits,
        digits.substring(0, 16).repeat(2),
        "%1$s-%2$s-%2$s-%2$s-%1$s%2$s".formatted(digits.substring(0, 8), digits.substring(0, 4)),
        new GuestEnvironment(Map.of(), Optional.of(nobodysCredentials(credentials))),
        "",
        link,
        false);
  }

  private static Map<String, String> nobodysCredentials(int count) {
    return IntStream.range(0, count)
        .boxed()
        .collect(Collectors.toMap(number -> "NOBODY_" + number, number -> "0".repeat(200)));
  }

  @Override
  public CommandResult run(Command command, CompletableFuture<?> callerGone) {
    return runAndWait(command, Optional.empty(), callerGone);
  }

  @Override
  public CommandResult run(Command command, byte[] input, CompletableFuture<?> callerGone) {
    return runAndWait(command, Optional.of(input), callerGone);
  }

  private CommandResult runAndWait(
      Command command, Optional<byte[]> input, CompletableFuture<?> callerGone) {
    if (!waitedCommands.tryAcquire()) {
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED,
          "%d commands of the sandbox are waited for, more it does not take; run some in the background"
              .formatted(MAX_WAITED_COMMANDS));
    }
    try {
      return runAdmitted(command, input, callerGone);
    } finally {
      waitedCommands.release();
    }
  }

  private CommandResult runAdmitted(
      Command command, Optional<byte[]> input, CompletableFuture<?> callerGone) {
    StartRequest request =
        startRequest(command)
            .setTimeoutMs(command.timeout().map(Duration::toMillis).orElse(0L))
            .setStdin(input.isPresent())
            .setEndAtExit(true)
            .build();
    try (CommandOutput output = new CommandOutput(outputs);
        CallLimit limit = limit(command, callerGone);
        ProcessStream stream = agent.start(request, limit.reached())) {
      return follow(new StartedCommand(agent, stream, input), output, limit);
    }
  }

  private CallLimit limit(Command command, CompletableFuture<?> callerGone) {
    return CallLimit.of(callerGone, alarms, command.timeout().map(timeout -> timeout.plus(grace)));
  }

  private static CommandResult follow(
      StartedCommand command, CommandOutput output, CallLimit limit) {
    try {
      Optional<ProcessEvent> event = command.next();
      while (event.isPresent()) {
        output.accept(event.get());
        event = command.next();
      }
      return output.result();
    } catch (OmniRunException e) {
      if (limit.timeHasPassed()) {
        log.info("a guest did not end a command at its time-out", e);
        return output.timedOut();
      }
      throw e;
    }
  }

  @Override
  public int start(Command command) {
    return start(startRequest(command).setStdin(true).build());
  }

  private int start(StartRequest request) {
    try (CallLimit limit = CallLimit.of(alarms, START_LIMIT);
        ProcessStream stream = agent.start(request, limit.reached())) {
      return stream
          .next()
          .filter(ProcessEvent::hasStart)
          .map(event -> event.getStart().getHandle())
          .orElseThrow(
              () ->
                  new OmniRunException(
                      ErrorCode.GUEST_UNREACHABLE, "the agent did not start the process"));
    }
  }

  private static StartRequest.Builder startRequest(Command command) {
    ProcessConfig.Builder process =
        ProcessConfig.newBuilder()
            .setCmd(SHELL)
            .addArgs("-c")
            .addArgs(command.line())
            .putAllEnvs(command.envs());
    command.cwd().ifPresent(process::setCwd);
    return StartRequest.newBuilder().setProcess(process).setUser(command.user());
  }

  @Override
  public ProcessControl control() {
    return control;
  }

  @Override
  public GuestInterpreter interpreter() {
    return interpreter;
  }

  @Override
  public List<ProcessRecord> processes(long outputLimitBytes) {
    return agent.readProcesses(0, outputLimitBytes).getProcessesList().stream()
        .filter(told -> !told.getTerminal())
        .map(ProcessRecords::of)
        .toList();
  }

  @Override
  public Optional<ProcessRecord> process(int handle, long outputLimitBytes) {
    try {
      return agent.readProcesses(handle, outputLimitBytes).getProcessesList().stream()
          .filter(told -> !told.getTerminal())
          .findFirst()
          .map(ProcessRecords::of);
    } catch (OmniRunException e) {
      if (e.code() == ErrorCode.PROCESS_NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public void writeFile(String path, String user, InputStream content) {
    files.write(path, user, content);
  }

  @Override
  public InputStream readFile(String path, String user) {
    return files.open(path, user, Optional.empty()).bytes();
  }

  @Override
  public SocketChannel dial(int port) {
    try {
      return channel.dial(port, DIAL_LIMIT);
    } catch (PortClosedException e) {
      throw new OmniRunException(
          ErrorCode.PORT_CLOSED, "nothing listens on port %d of the sandbox".formatted(port), e);
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.GUEST_UNREACHABLE, "the sandbox does not answer: try again", e);
    }
  }

  @Override
  public GuestFiles files() {
    return files;
  }
}
