/** Delivers events to the webhooks of accounts. */
@NullMarked
package io.omnirun.webhooks;

import org.jspecify.annotations.NullMarked;
