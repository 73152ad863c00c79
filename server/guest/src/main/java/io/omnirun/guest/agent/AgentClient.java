package io.omnirun.guest.agent;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.omnirun.guest.agent.AgentCalls.Method;
import io.omnirun.guest.proto.filesystem.EntryInfo;
import io.omnirun.guest.proto.filesystem.ListDirRequest;
import io.omnirun.guest.proto.filesystem.MakeDirRequest;
import io.omnirun.guest.proto.filesystem.MakeDirResponse;
import io.omnirun.guest.proto.filesystem.MoveRequest;
import io.omnirun.guest.proto.filesystem.MoveResponse;
import io.omnirun.guest.proto.filesystem.RemoveRequest;
import io.omnirun.guest.proto.filesystem.RemoveResponse;
import io.omnirun.guest.proto.filesystem.StatRequest;
import io.omnirun.guest.proto.filesystem.StatResponse;
import io.omnirun.guest.proto.filesystem.WatchDirRequest;
import io.omnirun.guest.proto.process.CloseStdinRequest;
import io.omnirun.guest.proto.process.CloseStdinResponse;
import io.omnirun.guest.proto.process.ConnectRequest;
import io.omnirun.guest.proto.process.ListRequest;
import io.omnirun.guest.proto.process.ListResponse;
import io.omnirun.guest.proto.process.SendInputRequest;
import io.omnirun.guest.proto.process.SendInputResponse;
import io.omnirun.guest.proto.process.SendSignalRequest;
import io.omnirun.guest.proto.process.SendSignalResponse;
import io.omnirun.guest.proto.process.StartRequest;
import io.omnirun.guest.proto.process.UpdateRequest;
import io.omnirun.guest.proto.process.UpdateResponse;
import io.omnirun.guest.proto.v1.ApplyIdentityRequest;
import io.omnirun.guest.proto.v1.ApplyIdentityResponse;
import io.omnirun.guest.proto.v1.AwakenRequest;
import io.omnirun.guest.proto.v1.AwakenResponse;
import io.omnirun.guest.proto.v1.ForgetFinishedRequest;
import io.omnirun.guest.proto.v1.ForgetFinishedResponse;
import io.omnirun.guest.proto.v1.HealthRequest;
import io.omnirun.guest.proto.v1.HealthResponse;
import io.omnirun.guest.proto.v1.MetricsRequest;
import io.omnirun.guest.proto.v1.MetricsResponse;
import io.omnirun.guest.proto.v1.ReadProcessesRequest;
import io.omnirun.guest.proto.v1.ReadProcessesResponse;
import io.omnirun.guest.proto.v1.ReadTerminalRequest;
import io.omnirun.guest.proto.v1.ReadTerminalResponse;
import io.omnirun.guest.proto.v1.SetNetworkRequest;
import io.omnirun.guest.proto.v1.SetNetworkResponse;
import io.omnirun.guest.proto.v1.SyncRequest;
import io.omnirun.guest.proto.v1.SyncResponse;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.eclipse.jetty.http.HttpHeader;

/**
 * The client of one guest's agent. Calls block; they throw {@link OmniRunException} with
 * GUEST_UNREACHABLE when the agent does not answer in time or not as it should, and with the code
 * that fits when it refuses. Whatever it answers is bounded. Thread-safe; holds nothing that must
 * be closed.
 */
public final class AgentClient {
  /** Answers of a fixed form. */
  private static final int SMALL_BYTES = 64 * 1024;

  /** The newest 16 MiB of both outputs of a process, and what describes it. */
  private static final int MAX_PROCESSES_BYTES = 34 * 1024 * 1024;

  /** Some 50,000 processes. */
  private static final int MAX_LISTING_BYTES = 16 * 1024 * 1024;

  /** One entry with paths of Linux' longest and all its attributes. */
  private static final int MAX_ENTRY_BYTES = 256 * 1024;

  /** Writing everything out or removing a deep tree takes as long as the disk does. */
  private static final Duration DISK_TIMEOUT = Duration.ofMinutes(10);

  private final AgentCalls calls;
  private final FileTransfers transfers;

  /**
   * Connects to nothing yet.
   *
   * @param http shared by all guests; outlives this client
   * @param socket the guest's, with the CONNECT handshake: a machine's name for ever
   * @param accessToken asked at every call for the sandbox's token; empty: none is set yet
   */
  public AgentClient(GuestHttp http, Path socket, Supplier<String> accessToken) {
    this(http, socket, accessToken, KeepAlive.USUAL);
  }

  AgentClient(GuestHttp http, Path socket, Supplier<String> accessToken, KeepAlive keepAlive) {
    this.calls = new AgentCalls(http, socket, accessToken, keepAlive);
    this.transfers = new FileTransfers(calls);
  }

  /** Returns when the agent serves. */
  public HealthResponse health() {
    return guest("Health", HealthRequest.getDefaultInstance(), HealthResponse.parser());
  }

  /** Makes a clone somebody: a process that is started afterwards sees all of it. Idempotent. */
  public void applyIdentity(ApplyIdentityRequest request) {
    guest("ApplyIdentity", request, ApplyIdentityResponse.parser());
  }

  /** Brings the clock and the randomness of a guest that was paused up to date. Idempotent. */
  public void awaken(AwakenRequest request) {
    guest("Awaken", request, AwakenResponse.parser());
  }

  /** Gives the guest another network, or none. Idempotent. */
  public void setNetwork(SetNetworkRequest request) {
    guest("SetNetwork", request, SetNetworkResponse.parser());
  }

  /** One sample of what the guest uses. */
  public MetricsResponse metrics() {
    return guest("Metrics", MetricsRequest.getDefaultInstance(), MetricsResponse.parser());
  }

  /**
   * Processes with the output they have produced so far.
   *
   * @param handle 0: all processes; the agent shortens a list to what fits: it leaves out the
   *     output of old ones first, and the rest of a long command
   * @param outputLimitBytes of the newest bytes of each of stdout and stderr
   */
  public ReadProcessesResponse readProcesses(int handle, long outputLimitBytes) {
    ReadProcessesRequest request =
        ReadProcessesRequest.newBuilder()
            .setHandle(handle)
            .setOutputLimitBytes(outputLimitBytes)
            .build();
    Method method =
        new Method(
            AgentService.GUEST, "ReadProcesses", AgentCalls.ANSWER_TIMEOUT, MAX_PROCESSES_BYTES);
    return calls.unary(method, request, ReadProcessesResponse.parser());
  }

  /** Makes the agent forget the processes that have ended, with their output. */
  public void forgetFinished() {
    forget(false);
  }

  /** Also those that run: they go on, and nobody is told of them any more. */
  public void forgetAll() {
    forget(true);
  }

  private void forget(boolean runningToo) {
    ForgetFinishedRequest request =
        ForgetFinishedRequest.newBuilder().setRunningToo(runningToo).build();
    guest("ForgetFinished", request, ForgetFinishedResponse.parser());
  }

  /** Writes everything dirty to the disk. */
  public void sync() {
    Method method = new Method(AgentService.GUEST, "Sync", DISK_TIMEOUT, SMALL_BYTES);
    calls.unary(method, SyncRequest.getDefaultInstance(), SyncResponse.parser());
  }

  /** Starts a process and waits for its first event. The caller closes the stream. */
  public ProcessStream start(StartRequest request) {
    return start(request, new CompletableFuture<>());
  }

  /**
   * As {@link #start(StartRequest)}.
   *
   * @param callerGone when it completes the stream is closed, even if this waits for an event yet
   */
  public ProcessStream start(StartRequest request, CompletableFuture<?> callerGone) {
    return ProcessStream.open(calls.stream(AgentService.PROCESS, "Start", request), callerGone);
  }

  /** Joins the stream of a process that was started earlier. The caller closes it. */
  public ProcessStream connect(ConnectRequest request) {
    return connect(request, new CompletableFuture<>());
  }

  /**
   * As {@link #connect(ConnectRequest)}.
   *
   * @param callerGone as of {@link #start(StartRequest, CompletableFuture)}
   */
  public ProcessStream connect(ConnectRequest request, CompletableFuture<?> callerGone) {
    return ProcessStream.open(calls.stream(AgentService.PROCESS, "Connect", request), callerGone);
  }

  /** Lists the processes that run, and those that have ended if the request wants them. */
  public ListResponse list(ListRequest request) {
    Method method =
        new Method(AgentService.PROCESS, "List", AgentCalls.ANSWER_TIMEOUT, MAX_LISTING_BYTES);
    return calls.unary(method, request, ListResponse.parser());
  }

  /** Writes to a process's standard input or terminal; returns when it has taken all. */
  public void sendInput(SendInputRequest request) {
    process("SendInput", request, SendInputResponse.parser());
  }

  /**
   * The same, with INPUT_NOT_TAKEN if that takes too long: the process may have got a part then.
   */
  public void sendInput(SendInputRequest request, Duration patience) {
    Method method =
        new Method(AgentService.PROCESS, "SendInput", AgentCalls.ANSWER_TIMEOUT, SMALL_BYTES);
    calls.unary(
        method,
        request,
        SendInputResponse.parser(),
        call -> call.headers(head -> head.put("Connect-Timeout-Ms", patience.toMillis())));
  }

  /**
   * What a terminal has shown since the previous call for it, or the next that it shows.
   *
   * @param callerGone when it completes the call is given up, and nothing counts as given out
   */
  public ReadTerminalResponse readTerminal(
      ReadTerminalRequest request, CompletableFuture<?> callerGone) {
    Method method =
        new Method(
            AgentService.GUEST,
            "ReadTerminal",
            AgentCalls.ANSWER_TIMEOUT,
            request.getLimitBytes() + SMALL_BYTES);
    return calls.unary(
        method,
        request,
        ReadTerminalResponse.parser(),
        call -> {
          callerGone.thenRun(() -> call.abort(new IOException("nobody waits for the answer")));
          return call;
        });
  }

  /** Signals a process. */
  public void sendSignal(SendSignalRequest request) {
    process("SendSignal", request, SendSignalResponse.parser());
  }

  /** Ends a process's standard input. */
  public void closeStdin(CloseStdinRequest request) {
    process("CloseStdin", request, CloseStdinResponse.parser());
  }

  /** Changes the size of a process's terminal. */
  public void update(UpdateRequest request) {
    process("Update", request, UpdateResponse.parser());
  }

  /**
   * Writes a file with the rights of a user; it is replaced only when all of {@code body} has
   * arrived. The caller closes {@code body}.
   *
   * @param lengthOrMinusOne of {@code body}; -1: not known
   * @throws IOException if {@code body} fails, or is not of that length; nothing is replaced then
   */
  public void upload(String path, String user, InputStream body, long lengthOrMinusOne)
      throws IOException {
    transfers.upload(path, user, body, lengthOrMinusOne);
  }

  /** Opens a regular file with the rights of a user. The caller closes it. */
  public Download download(String path, String user) {
    return transfers.download(path, user, UnaryOperator.identity());
  }

  /** Opens a part of a regular file with the rights of a user. The caller closes it. */
  public Download download(String path, String user, ByteRange range) {
    return transfers.download(
        path,
        user,
        request -> request.headers(headers -> headers.put(HttpHeader.RANGE, range.header())));
  }

  /** Describes what is at a path, a symbolic link itself and not its target. */
  public EntryInfo stat(String path, String user) {
    StatRequest request = StatRequest.newBuilder().setPath(path).build();
    return file("Stat", user, request, StatResponse.parser()).getEntry();
  }

  /** Makes a directory with its parents; false if it was there already. */
  public boolean makeDir(String path, String user) {
    try {
      MakeDirRequest request = MakeDirRequest.newBuilder().setPath(path).build();
      file("MakeDir", user, request, MakeDirResponse.parser());
      return true;
    } catch (OmniRunException e) {
      if (e.getCause() instanceof AgentRefusal refusal && refusal.code().equals("already_exists")) {
        return false;
      }
      throw e;
    }
  }

  /** Renames a file or a directory; parents of the destination are made. */
  public EntryInfo move(String source, String destination, String user) {
    MoveRequest request =
        MoveRequest.newBuilder().setSource(source).setDestination(destination).build();
    return file("Move", user, request, MoveResponse.parser()).getEntry();
  }

  /**
   * Lists a directory, {@code depth} levels of it. The caller closes it.
   *
   * @throws OmniRunException also INVALID_REQUEST if there is more than an agent lists
   */
  public EntryStream listDir(String path, int depth, String user) {
    ListDirRequest request = ListDirRequest.newBuilder().setPath(path).setDepth(depth).build();
    Method method = new Method(AgentService.FILESYSTEM, "ListDir", DISK_TIMEOUT, SMALL_BYTES);
    return new EntryStream(calls.longAnswerAs(user, method, request));
  }

  /** Watches a directory from now on; waits until that has begun. The caller closes it. */
  public WatchStream watchDir(String path, boolean recursive, String user) {
    WatchDirRequest request =
        WatchDirRequest.newBuilder().setPath(path).setRecursive(recursive).build();
    return WatchStream.open(calls.streamAs(user, AgentService.FILESYSTEM, "WatchDir", request));
  }

  /** Removes a path with all below it; what is not there is removed already. */
  public void remove(String path, String user) {
    RemoveRequest request = RemoveRequest.newBuilder().setPath(path).build();
    file("Remove", user, request, RemoveResponse.parser());
  }

  private <T extends Message> T guest(String name, Message request, Parser<T> parser) {
    Method method = new Method(AgentService.GUEST, name, AgentCalls.ANSWER_TIMEOUT, SMALL_BYTES);
    return calls.unary(method, request, parser);
  }

  private <T extends Message> void process(String name, Message request, Parser<T> parser) {
    Method method = new Method(AgentService.PROCESS, name, AgentCalls.ANSWER_TIMEOUT, SMALL_BYTES);
    calls.unary(method, request, parser);
  }

  private <T extends Message> T file(String name, String user, Message request, Parser<T> parser) {
    Method method = new Method(AgentService.FILESYSTEM, name, DISK_TIMEOUT, MAX_ENTRY_BYTES);
    return calls.unaryAs(user, method, request, parser);
  }
}
