package io.omnirun.machine.qemu;

import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.model.Accelerator;
import io.omnirun.model.Command;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;

/** The name of a golden snapshot: a hash of everything that a restore depends on. */
record GoldenHash(Accelerator accelerator, HostInfo host) {
  /** Raise it when the way a template is booted, warmed or frozen changes. */
  private static final int RECIPE_VERSION = 6;

  private static final int NAME_BYTES = 16;

  String of(GoldenRecipe recipe) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String input : inputs(recipe)) {
        byte[] bytes = input.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
      }
      return HexFormat.of().formatHex(digest.digest(), 0, NAME_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no SHA-256", e);
    }
  }

  private List<String> inputs(GoldenRecipe recipe) {
    List<String> inputs = new ArrayList<>();
    Collections.addAll(
        inputs,
        "recipe " + RECIPE_VERSION,
        "vmm qemu " + host.qemuVersion() + " hardware " + host.hardwareVersion(),
        "accelerator " + accelerator,
        "command line " + KernelCommandLine.TEXT,
        "template " + recipe.template(),
        "size " + recipe.size().vcpus() + " " + recipe.size().memoryMib(),
        "kernel " + recipe.kernel(),
        "image " + recipe.image(),
        "disk " + recipe.size().diskMib(),
        "warm-up " + String.join("\n", recipe.warmUp()));
    recipe.startCommand().ifPresent(command -> addCommand(inputs, "start", command));
    recipe.readyCommand().ifPresent(command -> addCommand(inputs, "ready", command));
    return inputs;
  }

  private static void addCommand(List<String> inputs, String kind, Command command) {
    inputs.add(kind + " command of " + command.user());
    inputs.add(command.line());
    // In an order of its own: that of the map differs from one process to the next.
    new TreeMap<>(command.envs()).forEach((name, value) -> inputs.add(name + "=" + value));
  }
}
