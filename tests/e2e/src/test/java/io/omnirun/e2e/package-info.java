/** What a user can see, over the public API, with real microVMs: a file a behaviour. */
@NullMarked
package io.omnirun.e2e;

import org.jspecify.annotations.NullMarked;
