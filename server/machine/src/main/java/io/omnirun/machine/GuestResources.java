package io.omnirun.machine;

import io.omnirun.guest.agent.GuestHttp;

/** What the clients of all guests of a node share; it outlives them. */
public record GuestResources(GuestHttp http, OutputMemory outputs) {}
