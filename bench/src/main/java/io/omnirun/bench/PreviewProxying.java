package io.omnirun.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The gateway against nginx: each a process of its own before the same server and the same 32
 * clients, in turns. Ours reaches the server as it reaches a guest. Needs {@code nginx} (Debian's
 * package nginx-light), and is left out where there is none.
 */
final class PreviewProxying implements Scenario {
  private static final int ROUNDS = 10;
  private static final int WARM_UP_ROUNDS = 4;
  private static final int CLIENTS = 32;
  private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int GUEST_PORT = 3000;
  private static final int ANSWER_BYTES = 4096;
  private static final double PROMISED = 0.5;
  private static final double NANOS_PER_SECOND = 1e9;

  private static final byte[] REQUEST =
      ("GET /hello HTTP/1.1\r\nHost: sb_abcdefghijklmnopqrst-3000.localhost\r\n"
              + "User-Agent: bench\r\nAccept: */*\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII);

  @Override
  public String name() {
    return "preview-proxy";
  }

  @Override
  public void run(Report report) {
    if (!PreviewPath.nginxIsInstalled()) {
      System.out.println("left out: there is no /usr/sbin/nginx (package nginx-light)");
      return;
    }
    try {
      Path directory = Files.createTempDirectory("preview-proxy");
      compare(report, directory);
      remove(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("the proxies were not measured", e);
    }
  }

  private static void compare(Report report, Path directory) throws IOException {
    Samples ours = new Samples();
    Samples others = new Samples();
    Path socket = directory.resolve("guest");
    try (PreviewPath echo = PreviewPath.echo(socket);
        PreviewPath our = PreviewPath.ours(socket, GUEST_PORT);
        PreviewPath nginx = PreviewPath.nginx(directory, echo.port())) {
      for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        boolean counts = round >= 0;
        (counts ? ours : new Samples()).add(rate(our.port()));
        (counts ? others : new Samples()).add(rate(nginx.port()));
      }
    }
    double ratio = ours.percentile(50) / others.percentile(50);
    report.figure(
        "small answers a second through the gateway, 32 connections (median of rounds)",
        "%.0f/s".formatted(ours.percentile(50)));
    report.figure("the same through nginx", "%.0f/s".formatted(others.percentile(50)));
    report.verdict(
        "previews' small answers a second ≥ 0.5 × nginx's",
        "%.2f ×".formatted(ratio),
        ratio >= PROMISED);
  }

  /** One client of many: asks again as soon as it has its answer. */
  private static final class Client {
    final ByteBuffer answer = ByteBuffer.allocate(ANSWER_BYTES);
  }

  /** Answers a second in one round. */
  private static double rate(int port) throws IOException {
    long answers = 0;
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < CLIENTS; i++) {
        SocketChannel channel =
            SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Client());
        channel.write(ByteBuffer.wrap(REQUEST));
      }
      long start = System.nanoTime();
      while (System.nanoTime() - start < ROUND_NANOS) {
        selector.select();
        for (SelectionKey key : selector.selectedKeys()) {
          answers += next(key) ? 1 : 0;
        }
        selector.selectedKeys().clear();
      }
      long nanos = System.nanoTime() - start;
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      return answers * NANOS_PER_SECOND / nanos;
    }
  }

  private static boolean next(SelectionKey key) throws IOException {
    SocketChannel channel = (SocketChannel) key.channel();
    ByteBuffer answer = ((Client) key.attachment()).answer;
    if (channel.read(answer) < 0) {
      throw new IOException("a proxy has closed a connection");
    }
    String text = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
    if (!text.endsWith("\r\n\r\n/hello")) {
      return false;
    }
    answer.clear();
    channel.write(ByteBuffer.wrap(REQUEST));
    return true;
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted((a, b) -> b.compareTo(a)).forEach(PreviewProxying::delete);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
