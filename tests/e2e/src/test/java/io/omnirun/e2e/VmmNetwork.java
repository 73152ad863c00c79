package io.omnirun.e2e;

import io.omnirun.testkit.server.Shell;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The network namespace of a VMM, as root sees it from the host. */
final class VmmNetwork {
  /** Tells of every frame on every interface of the namespace, a line each. */
  private static final String SNIFFER =
      """
      import socket
      PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}
      def described(frame):
          kind = int.from_bytes(frame[12:14], "big")
          if kind == 0x0800:
              return PROTOCOLS.get(frame[23], frame[23]), socket.inet_ntop(socket.AF_INET, frame[30:34])
          if kind == 0x86dd:
              return PROTOCOLS.get(frame[20], frame[20]), socket.inet_ntop(socket.AF_INET6, frame[38:54])
          return hex(kind), "-"
      sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
      print("sniffing", flush=True)
      while True:
          frame, source = sniffer.recvfrom(65536)
          direction = "out" if source[2] == socket.PACKET_OUTGOING else "in"
          print(source[0], direction, *described(frame), flush=True)
      """;

  private final String pid;

  VmmNetwork(ProcessHandle vmm) {
    this.pid = Long.toString(vmm.pid());
  }

  /** What a program prints that runs in the namespace. */
  String run(String... command) {
    return Shell.run(inside(command).toArray(String[]::new));
  }

  private List<String> inside(String... command) {
    return Stream.concat(Stream.of("nsenter", "--target", pid, "--net", "--"), Stream.of(command))
        .toList();
  }

  /**
   * The frames that the namespace's kernel sees from now on until one described like the last comes
   * by: interface, direction, protocol and destination of each.
   */
  List<String> framesDuring(Runnable action, String last) {
    try {
      Process sniffer =
          new ProcessBuilder(inside("python3", "-c", SNIFFER))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader lines = sniffer.inputReader(StandardCharsets.US_ASCII)) {
        next(lines);
        action.run();
        return linesUntil(lines, last);
      } finally {
        sniffer.destroyForcibly();
        sniffer.onExit().join();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> linesUntil(BufferedReader lines, String last) throws IOException {
    List<String> frames = new ArrayList<>();
    do {
      frames.add(next(lines));
    } while (!frames.getLast().equals(last));
    return frames;
  }

  private static String next(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    if (line == null) {
      throw new IllegalStateException("the sniffer has ended");
    }
    return line;
  }
}
