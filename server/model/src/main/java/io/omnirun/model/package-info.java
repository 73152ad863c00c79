/**
 * Identifiers, records, states and error codes that every module speaks. Depends on the JDK alone.
 */
@NullMarked
package io.omnirun.model;

import org.jspecify.annotations.NullMarked;
