package io.omnirun.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.guest.proto.v1.MetricsResponse;
import io.omnirun.model.GuestUse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeasurementsTest {
  @Test
  void whatAGuestSaysIsTaken() {
    MetricsResponse said =
        MetricsResponse.newBuilder()
            .setCpuCount(2)
            .setCpuUsedPct(12.5)
            .setMemUsedBytes(1)
            .setMemTotalBytes(2)
            .setDiskUsedBytes(3)
            .setDiskTotalBytes(4)
            .build();
    assertThat(Measurements.of(said)).isEqualTo(new GuestUse(2, 12.5, 1, 2, 3, 4));
  }

  @ParameterizedTest
  @CsvSource({"NaN, 0", "-1, 0", "-Infinity, 0", "Infinity, 100", "100.1, 100"})
  void impossiblePercentagesBecomePossible(double said, double taken) {
    MetricsResponse lie =
        MetricsResponse.newBuilder()
            .setCpuUsedPct(said)
            .setMemUsedBytes(-1)
            .setCpuCount(-1)
            .build();
    GuestUse use = Measurements.of(lie);
    assertThat(use.cpuUsedPercent()).isEqualTo(taken);
    assertThat(use.memoryUsedBytes()).isPositive();
    assertThat(use.cpuCount()).isPositive();
  }
}
