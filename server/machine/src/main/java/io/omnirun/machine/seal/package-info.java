/**
 * Files that only their owner's key opens: AES-256-GCM in chunks, so that they can be written and
 * read as they stream, and no byte that was not checked ever comes out.
 */
@NullMarked
package io.omnirun.machine.seal;

import org.jspecify.annotations.NullMarked;
