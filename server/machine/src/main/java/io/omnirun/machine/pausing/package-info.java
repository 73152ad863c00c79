/** What pauses to disk have in common, whatever the VMM: files, their keys and their turns. */
@NullMarked
package io.omnirun.machine.pausing;

import org.jspecify.annotations.NullMarked;
