package io.omnirun.machine.pausing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BackgroundWorkTest {
  @Test
  void whateverEndsItIsToldToWhoWaits() throws Exception {
    BackgroundWork.start("test", () -> {}).join();
    assertThatThrownBy(BackgroundWork.start("test", () -> fail(new IOException("disk")))::join)
        .isInstanceOf(IOException.class)
        .hasMessage("disk");
    BackgroundWork broken = BackgroundWork.start("test", () -> fail(new OutOfMemoryError("heap")));
    assertThatThrownBy(broken::join).isInstanceOf(IOException.class).hasRootCauseMessage("heap");
    CountDownLatch told = new CountDownLatch(1);
    broken.onFailure(told::countDown);
    told.await();
  }

  private static void fail(Throwable failure) throws IOException {
    if (failure instanceof IOException known) {
      throw known;
    }
    throw (Error) failure;
  }

  @Test
  void oneThatIsCancelledDoesNothingAnyMore() throws IOException {
    Pipe silent = Pipe.open();
    BackgroundWork waiting =
        BackgroundWork.start("test", () -> silent.source().read(ByteBuffer.allocate(1)));
    assertThat(waiting.failureWithin(Duration.ZERO)).isEmpty();
    waiting.cancel();
    assertThat(waiting.failureWithin(Duration.ZERO)).isPresent();
    assertThat(silent.source().isOpen()).isFalse();
    waiting.cancel();
  }
}
