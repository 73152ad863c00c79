/** The client of the guest's agent: the Connect protocol over streams to guest ports. */
@NullMarked
package io.omnirun.guest.agent;

import org.jspecify.annotations.NullMarked;
