package io.omnirun.machine;

import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.guest.interpreter.MessageMemory;

/** What the clients of all guests of a node share; it outlives them. */
public record GuestResources(GuestHttp http, OutputMemory outputs, MessageMemory messages) {
  /** With the memory that a node has. */
  public static GuestResources ofNode(GuestHttp http) {
    return new GuestResources(http, OutputMemory.ofNode(), MessageMemory.ofNode());
  }
}
