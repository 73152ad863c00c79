package io.omnirun.network;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/**
 * Asks the name servers that the host itself asks: by UDP, and again by TCP where the answer does
 * not fit. Each question has a socket of its own, hence a random port, and a random id. Used by
 * many threads.
 */
public final class DnsUpstream {
  /** For one answer of one server. Resolvers of ours wait for others and need a second at times. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Programs give up after five to ten seconds; with two servers this is eight. */
  private static final int ROUNDS = 2;

  /** Of an answer by UDP: more than that is not sent whole over every path. */
  static final int MAX_UDP_BYTES = 1232;

  /** Some servers send more than they were asked to. */
  private static final int BUFFER_BYTES = 4_096;

  private static final int MAX_ID = 0x10000;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final List<InetSocketAddress> servers;

  /**
   * @param servers asked in turn until one answers
   */
  public DnsUpstream(List<InetSocketAddress> servers) {
    this.servers = List.copyOf(servers);
  }

  /**
   * The answer to a question. The question's id is not used.
   *
   * @throws IOException if no server answers in time
   */
  Message ask(Message question) throws IOException {
    IOException failure = new IOException("no name server answers");
    for (int round = 0; round < ROUNDS; round++) {
      for (InetSocketAddress server : servers) {
        try {
          return askOne(server, question);
        } catch (IOException e) {
          failure.addSuppressed(e);
        }
      }
    }
    throw failure;
  }

  private static Message askOne(InetSocketAddress server, Message question) throws IOException {
    Message asked = question.clone();
    asked.getHeader().setID(RANDOM.nextInt(MAX_ID));
    Message answer = byUdp(server, asked);
    if (answer.getHeader().getFlag(Flags.TC)) {
      answer = byTcp(server, asked);
    }
    if (answer.getRcode() == Rcode.SERVFAIL || answer.getRcode() == Rcode.REFUSED) {
      throw new IOException("the name server says " + Rcode.string(answer.getRcode()));
    }
    return answer;
  }

  private static Message byUdp(InetSocketAddress server, Message asked) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(server); // From others nothing is taken.
      byte[] wire = asked.toWire();
      socket.send(new DatagramPacket(wire, wire.length));
      DatagramPacket packet = new DatagramPacket(new byte[BUFFER_BYTES], BUFFER_BYTES);
      while (true) {
        socket.setSoTimeout(millisUntil(end));
        socket.receive(packet);
        byte[] bytes = Arrays.copyOf(packet.getData(), packet.getLength());
        try {
          return answerTo(asked, bytes);
        } catch (IOException e) {
          packet.setLength(BUFFER_BYTES); // Something else: the answer may still come.
        }
      }
    }
  }

  private static Message byTcp(InetSocketAddress server, Message asked) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    try (Socket socket = new Socket()) {
      socket.connect(server, millisUntil(end));
      byte[] wire = asked.toWire();
      socket
          .getOutputStream()
          .write(
              ByteBuffer.allocate(Short.BYTES + wire.length)
                  .putShort((short) wire.length)
                  .put(wire)
                  .array());
      socket.setSoTimeout(millisUntil(end));
      DataInputStream input = new DataInputStream(socket.getInputStream());
      byte[] bytes = new byte[input.readUnsignedShort()];
      input.readFully(bytes);
      return answerTo(asked, bytes);
    }
  }

  private static Message answerTo(Message asked, byte[] bytes) throws IOException {
    Message answer = DnsMessages.parse(bytes);
    if (!answer.getHeader().getFlag(Flags.QR)
        || answer.getHeader().getID() != asked.getHeader().getID()
        || !asked.getQuestion().equals(answer.getQuestion())) {
      throw new IOException("an answer to another question");
    }
    return answer;
  }

  private static int millisUntil(long end) throws SocketTimeoutException {
    long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
    if (left <= 0) {
      throw new SocketTimeoutException("the name server does not answer");
    }
    return (int) left;
  }
}
