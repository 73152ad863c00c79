package io.omnirun.images;

import io.omnirun.model.SizeClass;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A template's definition, as its {@code template.yaml} has it: checked, complete and immutable.
 *
 * <p>Base, packages, users, files and commands make the base image; the rest is for the machines
 * that use it.
 *
 * @param name the name of its folder
 * @param aliases other names it answers to
 * @param description for people
 * @param base the Debian release, {@code bookworm} say
 * @param packages of that release, installed without what they only recommend
 * @param files put in after packages and users
 * @param commands run by root with {@code bash -e}, one after the other, when the image is built;
 *     last in the build
 * @param env for every process of a sandbox; the commands of the build do not see it
 * @param users made after the packages
 * @param sizes at least one; the first is the default
 * @param warmUp shell commands run in the golden machine before its snapshot
 * @param startCommand what root's shell begins in the golden machine after the warm-up, with {@code
 *     env}; nothing waits for more than its start. Every sandbox has it running from the first
 *     moment on, in the state it was frozen in: random numbers or secrets that it has made by then
 *     are the same in all. It is in no list of commands, and its output is kept for nobody
 * @param readyCommand run by root after the start command, with {@code env}, and waited for: when
 *     it has ended well, what was started is in the state that every sandbox is to have it in
 * @param defaultTimeout the life of a sandbox whose caller named none
 */
public record Template(
    String name,
    List<String> aliases,
    String description,
    String base,
    List<String> packages,
    List<TemplateFile> files,
    List<String> commands,
    Map<String, String> env,
    List<TemplateUser> users,
    List<SizeClass> sizes,
    List<String> warmUp,
    Optional<String> startCommand,
    Optional<String> readyCommand,
    Duration defaultTimeout) {

  public Template {
    aliases = List.copyOf(aliases);
    packages = List.copyOf(packages);
    files = List.copyOf(files);
    commands = List.copyOf(commands);
    env = Map.copyOf(env);
    users = List.copyOf(users);
    sizes = List.copyOf(sizes);
    warmUp = List.copyOf(warmUp);
  }

  /** The size of a sandbox whose caller named none. */
  public SizeClass defaultSize() {
    return sizes.getFirst();
  }
}
