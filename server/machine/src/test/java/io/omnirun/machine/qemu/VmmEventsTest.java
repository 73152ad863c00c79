package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class VmmEventsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  @Test
  void onlyWhatNobodyAskedForIsWarnedOfAndItNamesTheMachine() throws Exception {
    BlockingQueue<String> warnings = new LinkedBlockingQueue<>();
    try (FakeVmm vmm = new FakeVmm(directory.resolve("qmp.sock"));
        QmpClient qmp = QmpClient.connect(vmm.socket(), new VmmEvents("m_1", warnings::add))) {
      qmp.stop();
      assertThat(warnings).isEmpty();
      qmp.resume();
      assertThat(warnings.poll(60, TimeUnit.SECONDS))
          .contains("m_1")
          .contains("write")
          .contains("No space left on device");
      assertThat(warnings.poll(60, TimeUnit.SECONDS)).contains("m_1").contains("stopped");
    }
  }

  @Test
  void aGuestThatGoesOnWritingDoesNotFillTheLog() {
    List<String> warnings = new ArrayList<>();
    VmmEvents events = new VmmEvents("m_1", warnings::add);
    ObjectNode error = JSON.createObjectNode().put("event", "BLOCK_IO_ERROR");
    for (int i = 0; i < 1_000; i++) {
      events.accept(error);
    }
    assertThat(warnings).hasSize(10);
    assertThat(warnings.getLast()).contains("512");
  }
}
