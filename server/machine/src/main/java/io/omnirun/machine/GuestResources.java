package io.omnirun.machine;

import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.guest.interpreter.MessageMemory;

/**
 * What the clients of all guests of a node share; it outlives them.
 *
 * @param calls what the guests reach on this host
 */
public record GuestResources(
    GuestHttp http, OutputMemory outputs, MessageMemory messages, GuestCalls calls) {
  /** With the memory that a node has, for guests that reach nothing. */
  public static GuestResources ofNode(GuestHttp http) {
    return ofNode(http, GuestCalls.NONE);
  }

  /** With the memory that a node has. */
  public static GuestResources ofNode(GuestHttp http, GuestCalls calls) {
    return new GuestResources(http, OutputMemory.ofNode(), MessageMemory.ofNode(), calls);
  }
}
