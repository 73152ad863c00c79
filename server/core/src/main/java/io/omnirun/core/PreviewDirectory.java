package io.omnirun.core;

import io.omnirun.model.OmniRunException;
import io.omnirun.model.PreviewName;
import java.nio.channels.SocketChannel;

/**
 * What the gateway asks: which guest's port a host name means, whether a token opens it, and a
 * stream to it. Thread-safe; calls block.
 */
public interface PreviewDirectory {
  /**
   * Where requests to a name go. What is found is good for this moment: ask for each request.
   *
   * @throws OmniRunException PREVIEW_NOT_FOUND if there is no such name, or what it named is over;
   *     SANDBOX_PAUSED if its sandbox is paused or on its way there or back
   */
  PreviewTarget find(PreviewName name);

  /** Whether a token opens a gated target. Takes the same time for every wrong one. */
  boolean admits(PreviewTarget target, String token);

  /**
   * A byte stream to the target's port in the guest. The caller closes it, both directions at once.
   *
   * @throws OmniRunException PORT_CLOSED if nothing listens there, SANDBOX_PAUSED,
   *     PREVIEW_NOT_FOUND if the sandbox is gone or on another machine, GUEST_UNREACHABLE
   */
  SocketChannel dial(PreviewTarget target);

  /** A request was let through: counts as use of the sandbox, until what is returned is closed. */
  SandboxUses.Use begin(PreviewTarget target);
}
