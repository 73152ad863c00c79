package io.omnirun.testkit.llm;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A fake provider of language models on a port of its own: a real HTTP/1.1 server with {@code POST
 * /v1/chat/completions} and {@code GET /v1/models} as OpenAI has them, and {@code POST
 * /v1/messages} as Anthropic has it, streamed and not. There is no model: it says what the request
 * said to it, or what the model's name ({@link ModelName}) or a test's script orders, which may be
 * an error, garbage, or nothing.
 *
 * <p>It remembers the requests that it got, and whether their senders stayed for the answer. Each
 * connection has a platform thread, which wakes up quicker than a virtual one: benchmarks measure
 * what is between them and this. Safe for use by several threads.
 */
public final class FakeModelProvider implements AutoCloseable {
  private static final int BACKLOG = 1_024;

  /** Enough for any test; a benchmark's memory must not grow with its requests. */
  private static final int REMEMBERED = 2_000;

  private final ServerSocket listener;
  private final int remembered;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final Map<String, Deque<ModelAnswer>> scripts = new ConcurrentHashMap<>();
  private final Deque<SeenRequest> requests = new ArrayDeque<>();

  private FakeModelProvider(ServerSocket listener, int remembered) {
    this.listener = listener;
    this.remembered = remembered;
  }

  /** Starts one on a free port of the loopback. The caller closes it. */
  public static FakeModelProvider start() {
    return start(0, REMEMBERED);
  }

  /**
   * @param port 0 for a free one
   * @param remembered how many of the latest requests are kept
   */
  static FakeModelProvider start(int port, int remembered) {
    try {
      FakeModelProvider provider =
          new FakeModelProvider(
              new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress()), remembered);
      Thread.ofPlatform().daemon().name("fake-model-provider").start(provider::accept);
      return provider;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** What clients of OpenAI's take as base URL. */
  public URI openAiUrl() {
    return URI.create("http://127.0.0.1:" + port() + "/v1");
  }

  /** What clients of Anthropic's take as base URL. */
  public URI anthropicUrl() {
    return URI.create("http://127.0.0.1:" + port());
  }

  /**
   * Answers requests for a model so, whatever its name means: each answer once, in this order, and
   * the last one for ever.
   */
  public void script(String model, ModelAnswer... answers) {
    scripts.put(model, new ArrayDeque<>(List.of(answers)));
  }

  /** The latest requests, oldest first. One is listed as soon as it has been read. */
  public List<SeenRequest> requests() {
    synchronized (requests) {
      return new ArrayList<>(requests);
    }
  }

  public SeenRequest lastRequest() {
    synchronized (requests) {
      return requireNonNull(requests.peekLast(), "no request has come");
    }
  }

  /** Forgets scripts and requests. */
  public void forget() {
    scripts.clear();
    synchronized (requests) {
      requests.clear();
    }
  }

  /** How many clients are connected. */
  public int connections() {
    return connections.size();
  }

  void remember(SeenRequest request) {
    synchronized (requests) {
      requests.addLast(request);
      while (requests.size() > remembered) {
        requests.removeFirst();
      }
    }
  }

  ModelAnswer answerOf(String model) {
    Deque<ModelAnswer> script = scripts.get(model);
    if (script == null) {
      return ModelAnswer.named(model);
    }
    synchronized (script) {
      return script.size() > 1 ? script.removeFirst() : script.getFirst();
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        socket.setTcpNoDelay(true);
        connections.add(socket);
        Thread.ofPlatform().daemon().start(() -> serve(socket));
      } catch (IOException e) {
        if (!listener.isClosed()) {
          System.err.println("fake model provider: " + e);
        }
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      new Connection(this, socket).serve();
    } catch (IOException clientLeft) {
      // The request that this belongs to says so.
    } finally {
      connections.remove(socket);
    }
  }

  /** Cuts every connection. */
  @Override
  public void close() {
    try {
      listener.close();
      for (Socket socket : connections) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
