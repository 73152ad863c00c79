/** Tests of the agent's client, with the agent itself and with guests that mean ill. */
@NullMarked
package io.omnirun.guest.agent;

import org.jspecify.annotations.NullMarked;
