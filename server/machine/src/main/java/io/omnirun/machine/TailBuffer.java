package io.omnirun.machine;

import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.Deque;

/** The newest bytes of a stream, up to a bound. Used by one thread. */
final class TailBuffer {
  private final int limit;
  private final Deque<ByteString> chunks = new ArrayDeque<>();
  private long count;
  private boolean truncated;

  TailBuffer(int limit) {
    this.limit = limit;
  }

  void append(ByteString chunk) {
    chunks.addLast(chunk);
    count += chunk.size();
    while (count > limit) {
      dropOldest();
    }
  }

  private void dropOldest() {
    ByteString oldest = chunks.removeFirst();
    int excess = (int) Math.min(count - limit, oldest.size());
    if (excess < oldest.size()) {
      chunks.addFirst(oldest.substring(excess));
    }
    count -= excess;
    truncated = true;
  }

  boolean truncated() {
    return truncated;
  }

  /** As UTF-8; what is none is replaced. */
  String text() {
    return ByteString.copyFrom(chunks).toStringUtf8();
  }
}
