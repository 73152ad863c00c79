/**
 * What directories of finished things need that several processes fill: one builder at a time, and
 * no name for what is not on disk yet.
 */
@NullMarked
package io.omnirun.shelf;

import org.jspecify.annotations.NullMarked;
