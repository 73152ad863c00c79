package io.omnirun.llm.provider;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a provider has begun to answer. Reading blocks; whoever is stuck in it fails when the answer
 * is closed, which cuts what is left of it, by any thread. Where nothing comes for too long it is
 * cut.
 */
public final class ProviderAnswer implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(ProviderAnswer.class);

  /** Behind the end that callers look for come the last bytes of the transfer, or nothing does. */
  private static final Duration REST_PATIENCE = Duration.ofSeconds(1);

  private static final int MAX_REST_BYTES = 16 * 1024;

  private final Candidate candidate;
  private final ClassicHttpResponse response;
  private final Cancellable request;
  private final InputStream body;
  private final IdleWatch idle;
  private final IdleWatch.Watched watched;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean hasEnded;
  private volatile boolean isEnough;

  /**
   * @param response whose connection is kept when its body has been read to the end
   * @param request what it answers; cancelling it closes their connection
   */
  ProviderAnswer(
      Candidate candidate, ClassicHttpResponse response, Cancellable request, IdleWatch idle)
      throws IOException {
    HttpEntity entity = response.getEntity();
    this.candidate = candidate;
    this.response = response;
    this.request = request;
    this.body = entity == null ? InputStream.nullInputStream() : entity.getContent();
    this.idle = idle;
    this.watched = idle.watch(candidate.route().provider().idleTimeout(), request::cancel);
  }

  public Candidate candidate() {
    return candidate;
  }

  public int status() {
    return response.getCode();
  }

  /** The first value of a header; the empty text if there is none. */
  public String header(String name) {
    Header found = response.getFirstHeader(name);
    return found == null ? "" : value(found);
  }

  private static String value(Header header) {
    return Objects.requireNonNullElse(header.getValue(), "");
  }

  /** The first value of each header, by its name in lower case. */
  public Map<String, String> headers() {
    Map<String, String> all = new HashMap<>();
    for (Header each : response.getHeaders()) {
      all.putIfAbsent(each.getName().toLowerCase(Locale.ROOT), value(each));
    }
    return all;
  }

  /** How long the body is by its header; empty if that says nothing of use. */
  public OptionalLong announcedBytes() {
    HttpEntity entity = response.getEntity();
    long length = entity == null ? 0 : entity.getContentLength();
    return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
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
          return readBody(target, offset, length, watched);
        } finally {
          watched.end();
        }
      }
    };
  }

  private int readBody(byte[] target, int offset, int length, IdleWatch.Watched waiting)
      throws IOException {
    int count;
    try {
      count = body.read(target, offset, length);
    } catch (MalformedChunkCodingException garbage) {
      // It repeats what has come, which may be of an answer, and failures are logged.
      throw new IOException("the provider's answer ends in what is no HTTP");
    } catch (IOException e) {
      throw waiting.isCut() ? tooLong(e) : e;
    }
    if (waiting.isCut()) {
      throw tooLong(null);
    }
    hasEnded = count < 0;
    return count;
  }

  private static IOException tooLong(@Nullable IOException cause) {
    return new IOException("the provider has said nothing for too long", cause);
  }

  /**
   * The caller has all that it wants, though the body may not have ended: closing this does not cut
   * it then, but waits for a moment, in another thread, so that the connection can be used again.
   */
  public void enough() {
    isEnough = true;
  }

  @Override
  public void close() throws IOException {
    watched.close();
    if (closed.compareAndSet(false, true)) {
      if (isEnough && !hasEnded) {
        Thread.startVirtualThread(this::readRest);
      } else {
        release();
      }
    }
  }

  private void readRest() {
    try (IdleWatch.Watched waiting = idle.watch(REST_PATIENCE, request::cancel)) {
      // Once, for all of it: a byte now and then keeps nothing open.
      waiting.begin();
      byte[] rest = new byte[MAX_REST_BYTES];
      int end = 0;
      while (!hasEnded && end < rest.length) {
        end += Math.max(0, readBody(rest, end, rest.length - end, waiting));
      }
    } catch (IOException e) {
      log.debug("a connection to a provider is not used again", e);
    }
    release();
  }

  /** A connection whose answer was read to its end is kept by then, any other is closed. */
  private void release() {
    if (!hasEnded) {
      request.cancel();
    }
  }
}
