package io.omnirun.testkit.llm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the name of a model orders. It is made of words with {@code +} between them: a topic ({@code
 * text}, {@code tools} …), habits ({@code no-done} …), one fault ({@code cut} …), and these with a
 * number: {@code status-429}, {@code words-500} (a text of so many), {@code slow-200} (milliseconds
 * before anything is sent), {@code think-200} (between the head and the first event), {@code gap-5}
 * (between events). {@code gpt-…} and {@code claude-…} are {@code text}; what stands before a slash
 * is skipped.
 *
 * @param status of an error, or 200
 * @param words 0 to say what was said
 */
record ModelName(
    Topic topic,
    Set<Habit> habits,
    Fault fault,
    int status,
    int words,
    Duration slow,
    Duration think,
    Duration gap) {
  private static final Pattern NUMBERED = Pattern.compile("(status|words|slow|think|gap)-(\\d+)");
  private static final Pattern PUBLIC_NAME = Pattern.compile("(gpt|claude)-.*");

  static Optional<ModelName> parse(String name) {
    String own = name.substring(name.lastIndexOf('/') + 1);
    Builder builder = new Builder();
    if (PUBLIC_NAME.matcher(own).matches()) {
      return Optional.of(builder.build());
    }
    return Stream.of(own.split("\\+", -1)).allMatch(builder::take)
        ? Optional.of(builder.build())
        : Optional.empty();
  }

  /** One name for each thing that it can do, for the list of models. */
  static List<String> examples() {
    List<String> names = new ArrayList<>(List.of("gpt-4o-mini", "claude-sonnet-4-6"));
    Stream.of(Topic.values(), Habit.values(), Fault.values())
        .flatMap(Stream::of)
        .map(ModelName::spelt)
        .forEach(names::add);
    return names;
  }

  boolean has(Habit habit) {
    return habits.contains(habit);
  }

  private static String spelt(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What has been understood of a name so far. */
  private static final class Builder {
    private final Set<Habit> habits = EnumSet.noneOf(Habit.class);
    private Topic topic = Topic.TEXT;
    private Fault fault = Fault.NONE;
    private int status = 200;
    private int words;
    private Duration slow = Duration.ZERO;
    private Duration think = Duration.ZERO;
    private Duration gap = Duration.ZERO;

    boolean take(String word) {
      Matcher numbered = NUMBERED.matcher(word);
      if (numbered.matches()) {
        takeNumber(numbered.group(1), Integer.parseInt(numbered.group(2)));
        return true;
      }
      return takeConstant(Topic.values(), word, value -> topic = value)
          || takeConstant(Habit.values(), word, habits::add)
          || takeConstant(Fault.values(), word, value -> fault = value);
    }

    private void takeNumber(String what, int number) {
      switch (what) {
        case "status" -> status = number;
        case "words" -> words = number;
        case "slow" -> slow = Duration.ofMillis(number);
        case "think" -> think = Duration.ofMillis(number);
        default -> gap = Duration.ofMillis(number);
      }
    }

    private static <E extends Enum<E>> boolean takeConstant(
        E[] values, String word, Consumer<E> use) {
      Optional<E> found = Stream.of(values).filter(value -> spelt(value).equals(word)).findFirst();
      found.ifPresent(use);
      return found.isPresent();
    }

    ModelName build() {
      return new ModelName(topic, habits, fault, status, words, slow, think, gap);
    }
  }
}
