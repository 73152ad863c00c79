package io.omnirun.network;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The host's own list of name servers. */
public final class ResolverFile {
  /** Where Linux has it. */
  public static final Path PLACE = Path.of("/etc/resolv.conf");

  private static final int PORT = 53;
  private static final String KEYWORD = "nameserver";

  private ResolverFile() {}

  /**
   * The servers that a file names, in its order; that of the host itself if it names none.
   *
   * @throws IOException if it cannot be read, or names one by something else than an address
   */
  public static List<InetSocketAddress> servers(Path file) throws IOException {
    List<InetSocketAddress> found = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      String[] words = line.strip().split("\\s+");
      if (words.length > 1 && words[0].equals(KEYWORD)) {
        found.add(server(words[1]));
      }
    }
    return found.isEmpty() ? List.of(server("127.0.0.1")) : found;
  }

  private static InetSocketAddress server(String address) throws IOException {
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(address), PORT);
    } catch (IllegalArgumentException e) {
      throw new IOException("no address of a name server: " + address, e);
    }
  }
}
