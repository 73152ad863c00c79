package io.omnirun.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostCapacityTest {
  @TempDir Path directory;

  @Test
  void whatOneHasReservedAnotherDoesNotGet() throws IOException {
    long most = Files.getFileStore(directory).getUsableSpace() / 10 * 7;
    HostCapacity capacity = new HostCapacity(directory, 0, 0);
    HostCapacity.Reservation first = capacity.reserveDisk(most);
    assertThatThrownBy(() -> capacity.reserveDisk(most))
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE));
    first.close();
    first.close();
    capacity.reserveDisk(most);
    assertThatThrownBy(() -> capacity.reserveDisk(most)).isInstanceOf(OmniRunException.class);
  }

  @Test
  void memoryThatOneHasReservedAnotherDoesNotGet() throws IOException {
    int most = Math.toIntExact(availableMib() / 10 * 7);
    HostCapacity capacity = new HostCapacity(directory, 0, 0);
    HostCapacity.Reservation first = capacity.reserveMemory(most);
    assertExhausted(() -> capacity.reserveMemory(most));
    assertExhausted(() -> capacity.check(most));
    first.close();
    first.close();
    capacity.check(most);
    capacity.reserveMemory(most);
    assertExhausted(() -> capacity.reserveMemory(most));
  }

  private static void assertExhausted(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.CAPACITY_EXHAUSTED));
  }

  private static long availableMib() throws IOException {
    try (Scanner meminfo = new Scanner(Path.of("/proc/meminfo"))) {
      meminfo.findWithinHorizon("MemAvailable:", 0);
      return meminfo.nextLong() / 1024;
    }
  }
}
