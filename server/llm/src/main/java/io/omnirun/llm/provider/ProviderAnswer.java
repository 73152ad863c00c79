package io.omnirun.llm.provider;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a provider has begun to answer. Reading blocks; whoever is stuck in it fails when the answer
 * is closed, which cancels it, by any thread. Where nothing comes for too long it is cut.
 */
public final class ProviderAnswer implements Closeable {
  private final Candidate candidate;
  private final int status;
  private final HttpHeaders headers;
  private final InputStream body;
  private final IdleWatch.Watched watched;
  private final AtomicBoolean closed = new AtomicBoolean();

  ProviderAnswer(
      Candidate candidate, int status, HttpHeaders headers, InputStream body, IdleWatch idle) {
    this.candidate = candidate;
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.watched = idle.watch(candidate.route().provider().idleTimeout(), this::cut);
  }

  public Candidate candidate() {
    return candidate;
  }

  public int status() {
    return status;
  }

  /** The first value of a header; the empty text if there is none. */
  public String header(String name) {
    return headers.firstValue(name).orElse("");
  }

  public HttpHeaders headers() {
    return headers;
  }

  /** How long the body is by its header; empty if that says nothing of use. */
  public OptionalLong announcedBytes() {
    try {
      return headers.firstValueAsLong("Content-Length");
    } catch (NumberFormatException noLength) {
      return OptionalLong.empty();
    }
  }

  /** The body, whose reads count as signs of life. Closed with this. */
  public InputStream body() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        watched.begin();
        try {
          int count = body.read(target, offset, length);
          if (watched.isCut()) {
            throw new IOException("the provider has said nothing for too long");
          }
          return count;
        } finally {
          watched.end();
        }
      }
    };
  }

  private void cut() {
    try {
      body.close();
    } catch (IOException e) {
      // What could not be closed is broken, which is what was wanted.
      closed.set(true);
    }
  }

  @Override
  public void close() throws IOException {
    watched.close();
    if (closed.compareAndSet(false, true)) {
      body.close();
    }
  }
}
