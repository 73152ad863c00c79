package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.OmniRunException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditRetentionTest {
  private static Duration read(String text) {
    return new ConfigValues(Map.of("audit.retention", text)).duration(ConfigKey.AUDIT_RETENTION);
  }

  @Test
  void daysAndHoursAreTakenAndThereIsADefault() {
    assertThat(read("365d")).isEqualTo(Duration.ofDays(365));
    assertThat(read(" 36h ")).isEqualTo(Duration.ofHours(36));
    assertThat(read("")).isEqualTo(Duration.ofDays(90));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0d", "90", "-1d", "1w", "1d12h", "100000d", "forever", "9 0d"})
  void whatIsNoTimeStopsTheServer(String text) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(OmniRunException.class)
        .hasMessageContaining("audit.retention")
        .hasMessageContaining("90d");
  }
}
