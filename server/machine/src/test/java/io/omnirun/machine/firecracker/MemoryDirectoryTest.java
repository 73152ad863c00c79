package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryDirectoryTest {
  @TempDir Path memoryDir;

  @Test
  void memoryThatFindsNoRoomIsRefusedBeforeItIsWritten() {
    assertThatCode(() -> MemoryDirectory.requireRoom(memoryDir, 1)).doesNotThrowAnyException();

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> MemoryDirectory.requireRoom(memoryDir, Integer.MAX_VALUE))
        .withMessageContaining(memoryDir.toString())
        .matches(failure -> failure.code() == ErrorCode.CAPACITY_EXHAUSTED);
  }
}
