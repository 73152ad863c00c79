package io.omnirun.network;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A name server, by UDP and TCP, that knows what a test tells it. */
final class TestNameServer implements AutoCloseable {
  /** What it was asked, as {@code name type protocol}. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  /**
   * Names that it does not answer at all, for whose UDP answers it says that they are cut, or
   * fails.
   */
  volatile String silentFor = "";

  volatile String cutFor = "";
  volatile String failsFor = "";

  /**
   * By UDP it sends an answer with a wrong id, and one to another question, before the right one.
   */
  volatile boolean liesFirst;

  private final Map<String, List<Record>> answers = new ConcurrentHashMap<>();
  private final DatagramSocket udp;
  private final ServerSocket tcp = new ServerSocket();

  TestNameServer() throws IOException {
    udp = new DatagramSocket(Loopback.any());
    tcp.bind(udp.getLocalSocketAddress());
    Thread.startVirtualThread(this::serveUdp);
    Thread.startVirtualThread(this::serveTcp);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) udp.getLocalSocketAddress();
  }

  /** What a question for a name and type is answered with; each record as in a zone's file. */
  void answer(String name, int type, String... records) throws IOException {
    Record[] all = new Record[records.length];
    for (int i = 0; i < records.length; i++) {
      String[] words = records[i].split(" ", 4);
      all[i] =
          Record.fromString(
              Name.fromString(words[0] + "."),
              Type.value(words[2]),
              DClass.IN,
              Long.parseLong(words[1]),
              words[3],
              Name.root);
    }
    answers.put(name + " " + Type.string(type), List.of(all));
  }

  private void serveUdp() {
    byte[] buffer = new byte[4_096];
    while (!udp.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        udp.receive(packet);
        Message query = new Message(Arrays.copyOf(buffer, packet.getLength()));
        String name = note(query, "udp");
        if (name.equals(silentFor)) {
          continue;
        }
        Message answer = answerTo(query);
        if (name.equals(cutFor)) {
          answer.getHeader().setFlag(Flags.TC);
          answer.removeAllRecords(Section.ANSWER);
        }
        if (liesFirst) {
          lie(query, packet);
        }
        packet.setData(answer.toWire());
        udp.send(packet);
      } catch (IOException e) {
        assert udp.isClosed() : e;
      }
    }
  }

  private void lie(Message query, DatagramPacket packet) throws IOException {
    Record forged =
        Record.fromString(
            query.getQuestion().getName(), Type.A, DClass.IN, 60, "127.66.66.66", Name.root);
    Message otherId = answerTo(query);
    otherId.removeAllRecords(Section.ANSWER);
    otherId.addRecord(forged, Section.ANSWER);
    otherId.getHeader().setID(query.getHeader().getID() ^ 1);
    packet.setData(otherId.toWire());
    udp.send(packet);
    Message otherQuestion =
        Message.newQuery(Record.newRecord(Name.fromString("other."), Type.A, DClass.IN));
    otherQuestion.getHeader().setID(query.getHeader().getID());
    otherQuestion.getHeader().setFlag(Flags.QR);
    otherQuestion.addRecord(forged, Section.ANSWER);
    packet.setData(otherQuestion.toWire());
    udp.send(packet);
    packet.setData(new byte[] {1, 2, 3});
    udp.send(packet);
  }

  private void serveTcp() {
    while (!tcp.isClosed()) {
      try (Socket socket = tcp.accept()) {
        DataInputStream input = new DataInputStream(socket.getInputStream());
        Message query = new Message(input.readNBytes(input.readUnsignedShort()));
        note(query, "tcp");
        byte[] wire = answerTo(query).toWire();
        DataOutputStream output = new DataOutputStream(socket.getOutputStream());
        output.writeShort(wire.length);
        output.write(wire);
      } catch (IOException e) {
        assert tcp.isClosed() : e;
      }
    }
  }

  private String note(Message query, String protocol) {
    String name = query.getQuestion().getName().toString(true);
    asked.add(name + " " + Type.string(query.getQuestion().getType()) + " " + protocol);
    return name;
  }

  private Message answerTo(Message query) {
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.addRecord(query.getQuestion(), Section.QUESTION);
    String name = query.getQuestion().getName().toString(true);
    List<Record> records = answers.get(name + " " + Type.string(query.getQuestion().getType()));
    if (name.equals(failsFor)) {
      answer.getHeader().setRcode(Rcode.SERVFAIL);
    } else if (records == null) {
      answer.getHeader().setRcode(Rcode.NXDOMAIN);
    } else {
      records.forEach(record -> answer.addRecord(record, Section.ANSWER));
    }
    return answer;
  }

  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
  }
}
