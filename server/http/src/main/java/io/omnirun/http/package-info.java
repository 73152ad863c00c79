/** HTTP for inbound adapters: the only module that knows Jetty. */
@NullMarked
package io.omnirun.http;

import org.jspecify.annotations.NullMarked;
