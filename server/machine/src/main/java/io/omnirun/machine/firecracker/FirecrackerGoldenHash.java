package io.omnirun.machine.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.model.Command;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** The name of a golden snapshot: a hash of everything that a restore depends on. */
record FirecrackerGoldenHash(FirecrackerHost host) {
  /** Raise it when the way a template is booted, warmed or frozen changes. */
  private static final int RECIPE_VERSION = 3;

  private static final int NAME_BYTES = 16;

  String of(GoldenRecipe recipe) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String input : inputs(recipe)) {
        byte[] bytes = input.getBytes(UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
      }
      return HexFormat.of().formatHex(digest.digest(), 0, NAME_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no SHA-256", e);
    }
  }

  private List<String> inputs(GoldenRecipe recipe) {
    List<String> inputs =
        new ArrayList<>(
            List.of(
                "firecracker recipe " + RECIPE_VERSION,
                host.firecracker().version() + " " + host.firecracker().snapshots(),
                host.cpu(),
                host.kernel(),
                FirecrackerBoot.COMMAND_LINE,
                recipe.template(),
                recipe.size().toString(),
                recipe.kernel(),
                recipe.image(),
                String.join("\n", recipe.warmUp())));
    inputs.addAll(command("start", recipe.startCommand()));
    inputs.addAll(command("ready", recipe.readyCommand()));
    return inputs;
  }

  private static List<String> command(String kind, Optional<Command> command) {
    List<String> inputs = new ArrayList<>(List.of(kind + " " + command.isPresent()));
    command.ifPresent(
        there -> {
          inputs.add(there.user());
          inputs.add(there.line());
          // In an order of its own: that of the map differs from one process to the next.
          new TreeMap<>(there.envs()).forEach((name, value) -> inputs.add(name + "=" + value));
        });
    return inputs;
  }
}
