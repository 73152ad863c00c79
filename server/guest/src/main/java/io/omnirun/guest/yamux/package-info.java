/** Many streams over one byte path: the client's side of yamux, by its published specification. */
@NullMarked
package io.omnirun.guest.yamux;

import org.jspecify.annotations.NullMarked;
