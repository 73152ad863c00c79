/** The client of the privileged launcher; its protocol is {@code api/launcher.md}. */
@NullMarked
package io.omnirun.machine.launcher;

import org.jspecify.annotations.NullMarked;
