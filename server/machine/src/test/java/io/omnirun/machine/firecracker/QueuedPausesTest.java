package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.pausing.PausedShelf;
import io.omnirun.machine.pausing.StateTransfers;
import io.omnirun.model.MachineId;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pauses that wait for their turn; with the FAKE Firecracker. */
class QueuedPausesTest extends FakeFirecrackerTest {
  /** As many as there are. */
  private static final int TURNS = 4;

  private GoldenSnapshot golden;

  @BeforeEach
  void makeSnapshot() {
    golden = buildGolden();
  }

  /** The room is another's until then. */
  @Test
  void oneIsGivenItsRoomWhenItsTurnHasCome() throws Exception {
    MemoryRoom room = new MemoryRoom(fake.memory, () -> ROOM_FOR_ONE);
    StateTransfers transfers = new StateTransfers();
    StateTransfers.Place[] turns = new StateTransfers.Place[TURNS];
    Arrays.setAll(turns, number -> transfers.enter());
    try (GuestHttp http = GuestHttp.start();
        Machine machine =
            driver(room, transfers, GuestResources.ofNode(http))
                .clone(MachineId.random(), golden)) {
      FutureTask<Set<MachineId>> pause =
          new FutureTask<>(
              () -> {
                machine.pause(SEAL);
                return new PausedShelf(fake.paused).whole();
              });
      try (MemoryRoom.Reservation others = room.reserve(MachineId.random(), 1)) {
        Thread thread = Thread.ofPlatform().name("pause").start(pause);
        await().until(() -> pause.isDone() || waitsForItsTurn(thread));
      }
      for (StateTransfers.Place turn : turns) {
        turn.close();
      }

      assertThat(pause.get(30, TimeUnit.SECONDS)).containsExactly(machine.id());
    }
  }

  private MachineDriver driver(MemoryRoom room, StateTransfers transfers, GuestResources guests) {
    FirecrackerSettings settings = fake.settings(room);
    return new FirecrackerDriver(
        settings,
        fake.vmms,
        guests,
        new FirecrackerPausing(room, new PausedShelf(fake.paused), settings.capacity(), transfers),
        "it is asked for");
  }

  private static boolean waitsForItsTurn(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING
        && Arrays.stream(thread.getStackTrace())
            .anyMatch(frame -> frame.getClassName().equals(StateTransfers.class.getName()));
  }
}
