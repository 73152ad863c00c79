package io.omnirun.images;

import java.time.Duration;

/**
 * Hears how a build goes on. Called from the threads of the build, one call at a time; a slow
 * listener slows the build down. Output comes from programs and is for people to read, not for
 * programs.
 */
public interface BuildProgress {
  /** A listener that hears nothing. */
  BuildProgress SILENT =
      new BuildProgress() {
        @Override
        public void step(String name) {}

        @Override
        public void line(String output) {}

        @Override
        public void done(String name, Duration took) {}
      };

  /** A step begins. Steps do not nest: each ends before the next begins. */
  void step(String name);

  /** The current step printed a line; long lines come cut. */
  void line(String output);

  /** A step ended well. A step that fails ends with the exception of the build instead. */
  void done(String name, Duration took);
}
