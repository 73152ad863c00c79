package io.omnirun.http;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes what has come, piece by piece. */
@FunctionalInterface
public interface ByteSink {
  /** Takes all bytes of a piece, which is somebody else's again when this returns. */
  void take(ByteBuffer piece) throws IOException;
}
