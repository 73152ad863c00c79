package io.omnirun.core;

import io.omnirun.model.EgressCounters;
import io.omnirun.model.GuestUse;
import java.time.Instant;

/**
 * What a sandbox used at a moment.
 *
 * @param at by the server's clock: a guest may have set its own
 * @param egress all that it asked of the network by then
 */
public record MetricSample(Instant at, GuestUse use, EgressCounters egress) {}
