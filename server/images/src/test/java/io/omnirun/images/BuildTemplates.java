package io.omnirun.images;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Builds kernel and base images from the command line and prints how it goes: for the tests that
 * need another user or a process to kill, and for developers.
 */
public final class BuildTemplates {
  private BuildTemplates() {}

  /** Arguments: cache directory, agent binary, directory of templates, then names of templates. */
  public static void main(String[] arguments) {
    ImageCache cache = new ImageCache(Path.of(arguments[0]), Path.of(arguments[1]));
    TemplateCatalog templates = TemplateCatalog.load(Path.of(arguments[2]));
    System.out.println(cache.kernel(new Printer()));
    for (String name : List.of(arguments).subList(3, arguments.length)) {
      Template template = templates.find(name).orElseThrow();
      System.out.println(cache.baseImage(template, new Printer()));
    }
  }

  private static final class Printer implements BuildProgress {
    @Override
    public void step(String name) {
      System.out.println("step: " + name);
    }

    @Override
    public void line(String output) {
      System.out.println("    " + output);
    }

    @Override
    public void done(String name, Duration took) {
      System.out.println("done: %s, %d ms".formatted(name, took.toMillis()));
    }
  }
}
