package io.omnirun.app;

import io.omnirun.core.LlmSandboxes;
import io.omnirun.core.UseCases;
import io.omnirun.http.HttpServer;
import io.omnirun.http.Introduction;
import io.omnirun.http.LocalServerConfig;
import io.omnirun.http.RequestObserver;
import io.omnirun.http.Router;
import io.omnirun.llm.GuestAuthentication;
import io.omnirun.machine.GuestCalls;
import io.omnirun.model.GuestPorts;
import io.omnirun.model.MachineId;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * What guests reach on this host, which is the LLM gateway alone: an HTTP server on a unix socket
 * of ours, which is told of each connection whose guest it is. Thread-safe.
 */
final class GuestServices implements GuestCalls {
  private final Path socket;
  private volatile Optional<LlmSandboxes> callers = Optional.empty();

  private GuestServices(Path socket) {
    this.socket = socket;
  }

  /** With sockets in a directory of that one. Guests reach nothing yet. */
  static GuestServices in(Path stateDir) throws IOException {
    Path directory = Files.createDirectories(stateDir.resolve("guest-services"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    return new GuestServices(directory.resolve("llm.sock"));
  }

  /** Lets sandboxes with a grant call these routes. The caller closes the server. */
  HttpServer open(UseCases useCases, ModelRoutes routes, RequestObserver observer) {
    Router router = new Router();
    routes.register(router, new GuestAuthentication(useCases.llm(), useCases.uses()));
    HttpServer server = HttpServer.startLocal(LocalServerConfig.at(socket), router, observer);
    callers = Optional.of(useCases.llm());
    return server;
  }

  @Override
  public Optional<SocketChannel> connect(MachineId machine, int port) throws IOException {
    boolean serves =
        port == GuestPorts.LLM
            && callers.filter(sandboxes -> sandboxes.mayCall(machine)).isPresent();
    return serves ? Optional.of(Introduction.connect(socket, machine.value())) : Optional.empty();
  }
}
