/**
 * Machine drivers: what turns golden snapshots into running machines, and the host's side of a
 * guest.
 */
@NullMarked
package io.omnirun.machine;

import org.jspecify.annotations.NullMarked;
