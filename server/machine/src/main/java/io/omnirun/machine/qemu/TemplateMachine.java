package io.omnirun.machine.qemu;

import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.guest.link.LinkConnection;
import io.omnirun.machine.GuestConnection;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.TemplateGuest;
import io.omnirun.machine.pausing.BackgroundWork;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.function.Consumer;

/** A booting template: warmed by commands, then frozen. Used by one thread. */
final class TemplateMachine implements AutoCloseable {
  /** An emulated guest on a loaded host boots in some ten seconds. */
  private static final Duration BOOT_TIMEOUT = Duration.ofMinutes(5);

  /** The agent only has to notice that the host has left. */
  private static final Duration FREEZE_TIMEOUT = Duration.ofMinutes(1);

  private static final int SHOWN_CONSOLE_CHARACTERS = 2_000;

  private final QmpClient qmp;
  private final GuestConnection connection;

  private TemplateMachine(QmpClient qmp, GuestConnection connection) {
    this.qmp = qmp;
    this.connection = connection;
  }

  /** Connects to a machine that boots, and waits for its agent. */
  static TemplateMachine connect(GuestResources guests, MachineDirectory directory) {
    QmpClient qmp = QmpClient.connect(directory);
    try {
      return new TemplateMachine(
          qmp, GuestConnection.toBooting(guests, directory.guestPath(), BOOT_TIMEOUT));
    } catch (OmniRunException e) {
      qmp.close();
      throw new OmniRunException(
          ErrorCode.TEMPLATE_BUILD_FAILED,
          "step boot: the guest did not come up; it printed: " + console(directory),
          e);
    }
  }

  private static String console(MachineDirectory directory) {
    try {
      String printed = Files.readString(directory.console(), StandardCharsets.ISO_8859_1);
      return printed.substring(Math.max(0, printed.length() - SHOWN_CONSOLE_CHARACTERS));
    } catch (IOException e) {
      return "(its console cannot be read: " + e.getMessage() + ")";
    }
  }

  /** See {@link TemplateGuest#prepare}. */
  void prepare(GoldenRecipe recipe, Consumer<String> progress) {
    new TemplateGuest(connection).prepare(recipe, progress);
  }

  /**
   * Stops the machine for good and writes its device state; its RAM lies in a file already. The
   * host's side of the channel is closed before, as it is in a clone, and the agent knows it.
   */
  void freeze(MachineDirectory directory) throws IOException {
    connection.prepareSnapshot();
    connection.close();
    LinkConnection.awaitIdle(directory.guestPath().dialer(), FREEZE_TIMEOUT);
    qmp.stop();
    try (StateReceiver receiver = StateReceiver.listen(directory.stateSocket())) {
      BackgroundWork received = receiver.receiveInto(directory.state());
      qmp.saveState(MachineDirectory.STATE_SOCKET_IN_JAIL);
      received.join();
    }
  }

  @Override
  public void close() {
    connection.close();
    qmp.close();
  }
}
