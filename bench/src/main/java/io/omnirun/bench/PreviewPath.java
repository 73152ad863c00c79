package io.omnirun.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** A process beside this program: the server that is shown, or a proxy before it. */
record PreviewPath(Process process, int port) implements AutoCloseable {
  private static final Path NGINX = Path.of("/usr/sbin/nginx");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  static boolean nginxIsInstalled() {
    return Files.isExecutable(NGINX);
  }

  /** The server behind both, at a port and at a guest's socket. */
  static PreviewPath echo(Path guestSocket) throws IOException {
    return java(EchoServer.class, guestSocket.toString());
  }

  /** Ours, with as much memory as the server has. */
  static PreviewPath ours(Path guestSocket, int guestPort) throws IOException {
    return java(GatewayProcess.class, guestSocket.toString(), Integer.toString(guestPort));
  }

  private static PreviewPath java(Class<?> main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new PreviewPath(
        process, Integer.parseInt(process.inputReader(StandardCharsets.US_ASCII).readLine()));
  }

  /** nginx, with its connections to the server kept, as many processes as it makes of itself. */
  static PreviewPath nginx(Path directory, int serverPort) throws IOException {
    int port = Listeners.free(InetAddress.getLoopbackAddress()).getPort();
    Path file = directory.resolve("nginx.conf");
    Files.writeString(file, configuration(directory, port, serverPort));
    Process process =
        new ProcessBuilder(NGINX.toString(), "-c", file.toString(), "-p", directory.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    PreviewPath path = new PreviewPath(process, port);
    Awaitility.await().atMost(PATIENCE).until(() -> Listeners.takesConnections(path.address()));
    return path;
  }

  private static String configuration(Path directory, int port, int serverPort) {
    return """
    daemon off;
    user root;
    worker_processes auto;
    pid %1$s/nginx.pid;
    error_log %1$s/error.log;
    events { worker_connections 1024; }
    http {
      access_log off;
      client_body_temp_path %1$s/body;
      proxy_temp_path %1$s/proxy;
      fastcgi_temp_path %1$s/fastcgi;
      uwsgi_temp_path %1$s/uwsgi;
      scgi_temp_path %1$s/scgi;
      keepalive_requests 1000000000;
      upstream guest {
        server 127.0.0.1:%3$d;
        keepalive 64;
        keepalive_requests 1000000000;
      }
      server {
        listen 127.0.0.1:%2$d;
        location / {
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header X-Forwarded-For $remote_addr;
          proxy_set_header X-Forwarded-Host $http_host;
          proxy_set_header X-Forwarded-Proto $scheme;
          proxy_buffering off;
          proxy_pass http://guest;
        }
      }
    }
    """
        .formatted(directory, port, serverPort);
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
