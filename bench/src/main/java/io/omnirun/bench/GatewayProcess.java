package io.omnirun.bench;

import io.omnirun.core.PreviewDirectory;
import io.omnirun.core.PreviewTarget;
import io.omnirun.core.SandboxUses;
import io.omnirun.gateway.Gateway;
import io.omnirun.gateway.GatewaySettings;
import io.omnirun.guest.GuestChannel;
import io.omnirun.http.HttpServer;
import io.omnirun.http.HttpServerConfig;
import io.omnirun.http.Router;
import io.omnirun.model.AccountId;
import io.omnirun.model.MachineId;
import io.omnirun.model.PreviewName;
import io.omnirun.model.SandboxId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Our gateway as a process of its own, for one guest, at a port that it prints. */
final class GatewayProcess {
  private static final Duration DIAL_TIMEOUT = Duration.ofSeconds(10);

  private GatewayProcess() {}

  private record OneGuest(GuestChannel channel, PreviewTarget target) implements PreviewDirectory {
    @Override
    public PreviewTarget find(PreviewName name) {
      return target;
    }

    @Override
    public boolean admits(PreviewTarget known, String token) {
      return true;
    }

    @Override
    public SocketChannel dial(PreviewTarget known) {
      try {
        return channel.dial(known.port(), DIAL_TIMEOUT);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public SandboxUses.Use begin(PreviewTarget known) {
      return () -> {};
    }
  }

  /** Arguments: the socket before the guest, and the guest's port. */
  public static void main(String[] arguments) throws InterruptedException {
    PreviewTarget target =
        new PreviewTarget(
            AccountId.random(),
            SandboxId.random(),
            MachineId.random(),
            Integer.parseInt(arguments[1]),
            Optional.empty(),
            false,
            false,
            Optional.empty());
    try (Gateway gateway =
            new Gateway(
                new OneGuest(new GuestChannel(Path.of(arguments[0])), target),
                GatewaySettings.of("localhost", false));
        HttpServer server =
            HttpServer.start(
                HttpServerConfig.at("127.0.0.1", 0),
                new Router(),
                gateway,
                (method, route, status) -> {})) {
      System.out.println(server.port());
      Thread.currentThread().join();
    }
  }
}
