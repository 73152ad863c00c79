/**
 * A small internet of the test's own: a namespace that stands for the host, and one for all that is
 * beyond it. Nothing in them is reached from, or reaches, the real network.
 */
@NullMarked
package io.omnirun.testkit.network;

import org.jspecify.annotations.NullMarked;
