/**
 * What a machine boots from: kernel, initial RAM file system, read-only base images and blank
 * disks, each made once and kept in a cache under the hash of everything that went into it; and the
 * templates that say what is in them.
 *
 * <p>{@link io.omnirun.images.ImageCache} is the door; {@link io.omnirun.images.TemplateCatalog}
 * reads the templates. Nothing here needs root: root file systems are made in a user namespace.
 */
@NullMarked
package io.omnirun.images;

import org.jspecify.annotations.NullMarked;
