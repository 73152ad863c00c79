package io.omnirun.guest.agent;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.omnirun.guest.proto.filesystem.EntryInfo;
import io.omnirun.guest.proto.filesystem.ListDirResponse;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * The entries of a listing, parsed one at a time as the agent's one answer arrives, so that a large
 * directory takes no more memory than a small one. Used by one thread, which closes it.
 */
public final class EntryStream implements AutoCloseable {
  /** A path and a name of Linux' longest, a link's target, and attributes. */
  private static final int MAX_ENTRY_BYTES = 128 * 1024;

  /** The agent lists at most so many. */
  static final int MAX_ENTRIES = 100_000;

  private static final int ENTRY_TAG =
      ListDirResponse.ENTRIES_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

  private final InputStream answer;
  private final CodedInputStream message;
  private int count;

  EntryStream(InputStream answer) {
    this.answer = answer;
    this.message = CodedInputStream.newInstance(answer);
  }

  /**
   * The next entry, blocking for it; empty when there are no more.
   *
   * @throws OmniRunException GUEST_UNREACHABLE if the answer is lost or not as it should be
   */
  public Optional<EntryInfo> next() {
    try {
      int tag = message.readTag();
      while (tag != 0 && tag != ENTRY_TAG) {
        skipField(tag);
        tag = message.readTag();
      }
      return tag == 0 ? Optional.empty() : Optional.of(entry());
    } catch (IOException e) {
      throw AgentFailure.lost(e);
    }
  }

  /** What a later agent may add is small; a field that claims to be large is not read over. */
  private void skipField(int tag) throws IOException {
    if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      message.skipRawBytes(boundedLength());
    } else if (!message.skipField(tag)) {
      throw new IOException("a group that was not begun");
    }
    countOne();
  }

  private EntryInfo entry() throws IOException {
    byte[] bytes = message.readRawBytes(boundedLength());
    message.resetSizeCounter();
    countOne();
    return EntryInfo.parseFrom(bytes);
  }

  private int boundedLength() throws IOException {
    int length = message.readRawVarint32();
    if (length < 0 || length > MAX_ENTRY_BYTES) {
      throw new IOException("an entry of " + Integer.toUnsignedString(length) + " bytes");
    }
    return length;
  }

  private void countOne() throws IOException {
    count++;
    if (count > MAX_ENTRIES) {
      throw new IOException("more than " + MAX_ENTRIES + " entries");
    }
  }

  /** Lets go of the listing; what has not come yet is not sent. Idempotent. */
  @Override
  public void close() {
    try {
      answer.close();
    } catch (IOException e) {
      throw AgentFailure.lost(e);
    }
  }
}
