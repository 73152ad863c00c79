package io.omnirun.testkit.network;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A DNS server with a handful of names (RFC 1035): one question, at most one A record. */
final class InternetNames {
  private static final int PORT = 53;
  private static final int HEADER_BYTES = 12;
  private static final int MAX_BYTES = 512;
  private static final int TYPE_A = 1;
  private static final int CLASS_IN = 1;
  private static final int TIME_TO_LIVE_S = 5;
  private static final int RESPONSE = 0x8180;
  private static final int NO_SUCH_NAME = 3;
  private static final int POINTER_TO_QUESTION = 0xc00c;

  private final Map<String, String> names;

  InternetNames(Map<String, String> names) {
    this.names = names;
  }

  void serve(String address) throws IOException {
    DatagramSocket datagrams = new DatagramSocket(new InetSocketAddress(address, PORT));
    ServerSocket streams = new ServerSocket();
    streams.bind(new InetSocketAddress(address, PORT));
    Thread.startVirtualThread(() -> Serving.untilItEnds(() -> answer(datagrams)));
    Thread.startVirtualThread(
        () -> Serving.untilItEnds(() -> Serving.inBackground(streams.accept(), this::answer)));
  }

  private void answer(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[MAX_BYTES], MAX_BYTES);
    socket.receive(packet);
    byte[] answer = answer(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
    socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
  }

  private void answer(Socket socket) throws IOException {
    DataInputStream input = new DataInputStream(socket.getInputStream());
    byte[] question = input.readNBytes(input.readUnsignedShort());
    byte[] answer = answer(ByteBuffer.wrap(question));
    DataOutputStream output = new DataOutputStream(socket.getOutputStream());
    output.writeShort(answer.length);
    output.write(answer);
  }

  private byte[] answer(ByteBuffer question) throws IOException {
    int id = question.getShort(0) & 0xffff;
    question.position(HEADER_BYTES);
    String name = readName(question);
    int type = question.getShort();
    question.getShort();
    byte[] asked = new byte[question.position() - HEADER_BYTES];
    question.get(HEADER_BYTES, asked);
    Optional<String> address = find(name);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream answer = new DataOutputStream(bytes);
    boolean hasRecord = address.isPresent() && type == TYPE_A;
    answer.writeShort(id);
    answer.writeShort(address.isPresent() ? RESPONSE : RESPONSE | NO_SUCH_NAME);
    answer.writeShort(1);
    answer.writeShort(hasRecord ? 1 : 0);
    answer.writeInt(0);
    answer.write(asked);
    if (hasRecord) {
      writeRecord(answer, address.orElseThrow());
    }
    return bytes.toByteArray();
  }

  private static String readName(ByteBuffer message) {
    StringBuilder name = new StringBuilder();
    for (int length = message.get(); length > 0; length = message.get()) {
      byte[] label = new byte[length];
      message.get(label);
      name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
    }
    return name.toString().toLowerCase(Locale.ROOT);
  }

  private Optional<String> find(String name) {
    return Optional.ofNullable(names.get(name))
        .or(
            () ->
                names.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith("."))
                    .filter(entry -> name.endsWith(entry.getKey()))
                    .map(Map.Entry::getValue)
                    .findFirst());
  }

  private static void writeRecord(DataOutputStream answer, String address) throws IOException {
    answer.writeShort(POINTER_TO_QUESTION);
    answer.writeShort(TYPE_A);
    answer.writeShort(CLASS_IN);
    answer.writeInt(TIME_TO_LIVE_S);
    byte[] bytes = Inet4Address.ofLiteral(address).getAddress();
    answer.writeShort(bytes.length);
    answer.write(bytes);
  }
}
