/**
 * A whole OmniRun on this host, for tests and benchmarks: launcher, server, and a plain client of
 * its API.
 */
@NullMarked
package io.omnirun.testkit.server;

import org.jspecify.annotations.NullMarked;
