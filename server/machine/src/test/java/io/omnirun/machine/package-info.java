/** Tests of what guests tell and how it is kept. */
@NullMarked
package io.omnirun.machine;

import org.jspecify.annotations.NullMarked;
