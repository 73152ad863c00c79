/**
 * The durable state, in SQLite or PostgreSQL, behind the ports of the core. {@link
 * io.omnirun.store.Database} is the door; all else is the module's own.
 *
 * <p>There is one portable SQL for both engines and one folder of migrations. Every table has
 * {@code account_id} and every statement takes it, so that a foreign id finds nothing. Four
 * statements are exceptions by their nature: the two that find out who calls or whether anybody
 * can, the insertion of an account, and {@code listUnfinished}, by which a node finds what it must
 * clean up whoever owns it.
 */
@NullMarked
package io.omnirun.store;

import org.jspecify.annotations.NullMarked;
