package io.omnirun.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.model.Command;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How long the host waits for a guest that does not end what it was told to end. */
@Timeout(60)
class AgentGuestTest {
  @TempDir Path folder;

  private GuestHttp http;
  private EndlessAgent agent;
  private AgentGuest guest;

  @BeforeEach
  void connect() throws Exception {
    http = GuestHttp.start();
    agent = EndlessAgent.start(folder.resolve("guest.sock"));
    GuestResources resources = GuestResources.ofNode(http);
    guest = new AgentGuest(resources, folder.resolve("guest.sock"), Duration.ofMillis(500));
  }

  @AfterEach
  void close() throws Exception {
    agent.close();
    http.close();
  }

  private static Command command(Optional<Duration> timeout) {
    return new Command("yes", "root", Optional.empty(), Map.of(), timeout);
  }

  @Test
  void aCommandThatTheGuestDoesNotEndIsTimedOutByTheHost() {
    CommandResult result = guest.run(command(Optional.of(Duration.ofMillis(1))));
    assertThat(result.exitCode()).isEqualTo(CommandResult.TIMED_OUT_EXIT_CODE);
    assertThat(result.stdout()).isEqualTo("said");
    assertThat(result.stderr()).isEqualTo("command timed out\n");
  }

  @Test
  void aCallerThatHasGoneIsNoTimeOut() {
    CompletableFuture<Void> callerGone = new CompletableFuture<>();
    agent.onAnswered(() -> callerGone.complete(null));
    assertThatThrownBy(() -> guest.run(command(Optional.of(Duration.ofHours(1))), callerGone))
        .isInstanceOf(OmniRunException.class);
  }

  @Test
  void commandsThatNeverEndLeaveRoomForOtherCalls() throws Exception {
    CompletableFuture<Void> callersGone = new CompletableFuture<>();
    CountDownLatch answered = new CountDownLatch(AgentGuest.MAX_WAITED_COMMANDS);
    agent.onAnswered(answered::countDown);
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < AgentGuest.MAX_WAITED_COMMANDS; i++) {
        callers.execute(() -> assertThatThrownBy(() -> runUntil(callersGone)).isNotNull());
      }
      answered.await();
      assertThatThrownBy(() -> runUntil(callersGone))
          .isInstanceOfSatisfying(
              OmniRunException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.CAPACITY_EXHAUSTED));
      callersGone.complete(null);
    }
  }

  private void runUntil(CompletableFuture<?> callerGone) {
    guest.run(command(Optional.of(Duration.ofHours(1))), callerGone);
  }
}
