/** Encrypts what vaults hold, with Tink, and keeps the master key. */
@NullMarked
package io.omnirun.vault;

import org.jspecify.annotations.NullMarked;
