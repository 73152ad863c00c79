package io.omnirun.gateway;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A guest's server that does whatever it is told to, good or bad. */
final class StandInGuest implements Closeable {
  private static final int PATIENCE_S = 20;

  /** What it does with a connection. */
  @FunctionalInterface
  interface Manners {
    void serve(Visit visit) throws IOException;
  }

  private final ServerSocket listener = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
  private final AtomicInteger connections = new AtomicInteger();
  private final BlockingQueue<String> heads = new LinkedBlockingQueue<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private volatile Manners manners;

  StandInGuest(Manners manners) throws IOException {
    this.manners = manners;
    Thread.ofVirtual().start(this::acceptAll);
  }

  /** One that answers every request of a connection by the same bytes. */
  static StandInGuest answering(String bytes) throws IOException {
    return new StandInGuest(always(bytes));
  }

  static Manners always(String bytes) {
    return visit -> {
      while (visit.readHead()) {
        visit.send(bytes);
      }
    };
  }

  /** From now on it is another, on connections of its own. */
  void behave(Manners other) throws IOException {
    manners = other;
    for (Socket socket : open) {
      socket.close();
    }
  }

  /** A connection as the guest has it. */
  final class Visit {
    private final Socket socket;

    Visit(Socket socket) {
      this.socket = socket;
    }

    /** Reads a request's head; false at the end. */
    boolean readHead() throws IOException {
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        int next = input().read();
        if (next < 0) {
          return false;
        }
        head.write(next);
      }
      heads.add(head.toString(StandardCharsets.ISO_8859_1));
      return true;
    }

    void send(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    InputStream input() throws IOException {
      return socket.getInputStream();
    }

    Socket socket() {
      return socket;
    }

    /** Waits until the other side closes. */
    void awaitEnd() throws IOException {
      try {
        while (input().read() >= 0) {
          // What comes is of no interest.
        }
      } catch (java.net.SocketException reset) {
        // An end, too.
      }
    }
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket socket = listener.accept();
        connections.incrementAndGet();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      manners.serve(new Visit(socket));
    } catch (IOException gone) {
      // The gateway has closed; what that means the test looks at.
    }
  }

  /** The next request's head. */
  String nextHead() {
    try {
      String head = heads.poll(PATIENCE_S, TimeUnit.SECONDS);
      if (head == null) {
        throw new AssertionError("no request came");
      }
      return head;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  int connections() {
    return connections.get();
  }

  /** How many requests of a method have come, and were not taken by {@link #nextHead}. */
  long requests(String method) {
    return heads.stream().filter(head -> head.startsWith(method + " ")).count();
  }

  int requests() {
    return heads.size();
  }

  SocketChannel dial() {
    try {
      return SocketChannel.open(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
