package io.omnirun.app;

import io.omnirun.core.Template;
import io.omnirun.model.SizeClass;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code omnirun build}: makes every enabled template ready and tells how it goes. */
@Command(name = "build", description = "Build the templates that are not built yet.")
final class BuildCommand implements Callable<Integer> {
  @Mixin private final ConfigOption config = new ConfigOption();

  @Override
  public Integer call() {
    try (Server server = new Server(config.load())) {
      for (Template template : server.templates().all()) {
        for (SizeClass size : template.sizes()) {
          build(server, template, size);
        }
      }
    }
    return 0;
  }

  private static void build(Server server, Template template, SizeClass size) {
    Instant began = Instant.now();
    server.goldens().prepare(template, size, step -> print(began, template, step));
    print(began, template, "ready");
  }

  private static void print(Instant began, Template template, String step) {
    double seconds = Duration.between(began, Instant.now()).toMillis() / 1000.0;
    System.out.printf("    %7.1f s  %s: %s%n", seconds, template.name(), step);
  }
}
