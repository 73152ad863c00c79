package io.omnirun.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.guest.agent.ProcessStream;
import io.omnirun.guest.link.GuestDialer;
import io.omnirun.guest.proto.process.ProcessConfig;
import io.omnirun.guest.proto.process.ProcessSelector;
import io.omnirun.guest.proto.process.SendSignalRequest;
import io.omnirun.guest.proto.process.Signal;
import io.omnirun.guest.proto.process.StartRequest;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent itself, behind a path that is cut under a session. */
@Timeout(120)
class FrontKeeperTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int AGENT_PORT = 49_983;

  @TempDir Path folder;

  private final BlockingQueue<Duration> pauses = new LinkedBlockingQueue<>();
  private final Semaphore pausesToEnd = new Semaphore(0);
  private final BlockingQueue<MuxFront> opened = new LinkedBlockingQueue<>();
  private Path socket;
  private GoProgram program;
  private CuttablePath path;
  private GuestHttp http;
  private AgentClient agent;

  @BeforeEach
  void startAgent() throws IOException {
    socket = folder.resolve("front.sock");
    program = GoProgram.agent(folder.resolve("vmm.sock"));
    path = CuttablePath.start(folder.resolve("path.sock"), folder.resolve("vmm.sock"));
    http = GuestHttp.start();
    agent = new AgentClient(http, socket, () -> "");
  }

  @AfterEach
  void stopAgent() throws IOException {
    http.close();
    path.close();
    program.close();
  }

  /** Waits until the test lets it go on. */
  private void pause(Duration duration) throws InterruptedException {
    pauses.add(duration);
    pausesToEnd.acquire();
  }

  private MuxFront open(boolean freshClone, Duration timeout) {
    try {
      return MuxFront.open(
          GuestDialer.virtioSerial(folder.resolve("path.sock")), socket, freshClone, timeout);
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "out of reach", e);
    }
  }

  private MuxFront reopen() {
    MuxFront front = open(false, TIMEOUT);
    opened.add(front);
    return front;
  }

  private static void assertUnreachable(ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(type(OmniRunException.class))
        .extracting(OmniRunException::code)
        .isEqualTo(ErrorCode.GUEST_UNREACHABLE);
  }

  private ProcessStream startSleeper() {
    ProcessConfig config = ProcessConfig.newBuilder().setCmd("/bin/sleep").addArgs("1000").build();
    return agent.start(StartRequest.newBuilder().setProcess(config).setUser("root").build());
  }

  @Test
  void callsThatAreMadeAfterASessionWasCutWorkAgain() throws Exception {
    try (FrontKeeper _ =
            FrontKeeper.start("guest", open(true, TIMEOUT), this::reopen, this::pause);
        ProcessStream stream = startSleeper()) {
      int handle = stream.next().orElseThrow().getStart().getHandle();
      path.cut();
      assertUnreachable(stream::next);
      assertThat(pauses.take()).hasSeconds(1);
      assertUnreachable(agent::health);
      pausesToEnd.release();
      opened.take();

      assertThat(agent.readProcesses(handle, 0).getProcesses(0).getRunning()).isTrue();
      agent.sendSignal(
          SendSignalRequest.newBuilder()
              .setProcess(ProcessSelector.newBuilder().setHandle(handle))
              .setSignal(Signal.SIGNAL_SIGKILL)
              .build());
    }
    assertThat(socket).doesNotExist();
  }

  @Test
  void aGuestThatIsLostOverAndOverIsReachedAgainEachTime() throws Exception {
    pausesToEnd.release(10);
    try (FrontKeeper _ =
        FrontKeeper.start("guest", open(true, TIMEOUT), this::reopen, this::pause)) {
      for (int round = 0; round < 10; round++) {
        path.cut();
        opened.take();
        assertThat(new GuestChannel(socket).dial(AGENT_PORT, TIMEOUT).isConnected()).isTrue();
      }
    }
  }

  @Test
  void oneThatBreaksEverySessionIsTriedEverMoreRarely() throws Exception {
    pausesToEnd.release(7);
    try (FrontKeeper _ =
        FrontKeeper.start("guest", open(true, TIMEOUT), this::openBroken, this::pause)) {
      path.cut();

      assertSevenPauses();
    }
  }

  private MuxFront openBroken() {
    MuxFront front = open(false, TIMEOUT);
    front.close();
    return front;
  }

  @Test
  void soIsOneThatDoesNotAnswer() throws Exception {
    pausesToEnd.release(7);
    try (FrontKeeper _ =
        FrontKeeper.start("guest", open(true, TIMEOUT), this::openNothing, this::pause)) {
      path.cut();

      assertSevenPauses();
    }
  }

  private MuxFront openNothing() {
    throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "as told");
  }

  private void assertSevenPauses() throws InterruptedException {
    List<Duration> taken = new ArrayList<>();
    while (taken.size() < 7) {
      taken.add(pauses.take());
    }
    assertThat(taken).extracting(Duration::toSeconds).containsExactly(1L, 2L, 4L, 5L, 5L, 5L, 5L);
  }

  @Test
  void closingEndsAnOpeningThatWaitsForTheGuest() throws Exception {
    pausesToEnd.release();
    CountDownLatch opening = new CountDownLatch(1);
    Path silent = folder.resolve("silent.sock");
    try (ScriptedGuest _ = ScriptedGuest.start(silent, (input, _) -> readAll(opening, input))) {
      FrontKeeper keeper =
          FrontKeeper.start("guest", open(true, TIMEOUT), () -> openSilent(silent), this::pause);
      path.cut();
      opening.await();
      keeper.close();

      assertThat(socket).doesNotExist();
      assertThat(opened).isEmpty();
    }
  }

  private static void readAll(CountDownLatch opening, InputStream input) throws IOException {
    opening.countDown();
    input.skipNBytes(Long.MAX_VALUE);
  }

  private MuxFront openSilent(Path silent) {
    try {
      return MuxFront.open(GuestDialer.virtioSerial(silent), socket, false, Duration.ofDays(1));
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "interrupted", e);
    }
  }

  @Test
  void oneThatDoesNotAnswerAtOnceIsWaitedForAndReachedLater() throws Exception {
    AtomicBoolean answers = new AtomicBoolean();
    try (FrontKeeper keeper =
        FrontKeeper.start("guest", () -> answers.get() ? reopen() : openNothing(), this::pause)) {
      assertThat(pauses.take()).hasSeconds(1);
      assertThat(keeper.awaitReached(Duration.ZERO)).isFalse();
      answers.set(true);
      pausesToEnd.release();
      assertThat(keeper.awaitReached(TIMEOUT)).isTrue();
      assertThat(new GuestChannel(socket).dial(AGENT_PORT, TIMEOUT).isConnected()).isTrue();
    }
  }

  @Test
  void nobodyWaitsForOneThatIsStopped() throws Exception {
    FrontKeeper keeper = FrontKeeper.start("guest", this::openNothing, this::pause);
    pauses.take();
    keeper.close();
    assertThat(keeper.awaitReached(Duration.ofDays(1))).isFalse();
  }

  @Test
  void oneThatIsStoppedOpensNoMore() throws Exception {
    MuxFront first = open(true, TIMEOUT);
    FrontKeeper keeper = FrontKeeper.start("guest", first, this::reopen, this::pause);
    path.cut();
    pauses.take();
    keeper.stop();
    pausesToEnd.release();
    keeper.close();

    assertThat(opened).isEmpty();
    assertThat(socket).doesNotExist();
  }
}
