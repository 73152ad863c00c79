/** JSON and event streams that are passed on byte by byte, but for what must be changed in them. */
@NullMarked
package io.omnirun.llm.wire;

import org.jspecify.annotations.NullMarked;
