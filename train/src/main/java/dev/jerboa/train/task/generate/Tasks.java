package dev.jerboa.train.task.generate;

import dev.jerboa.train.task.Mixture;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.wording.Phrases;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** The door of this package: tasks by name, and the mixture that the shipped model learns. */
public final class Tasks {
    /** The chance that a Countdown search goes on after a failed branch in the data for fine-tuning. */
    public static final double PATIENCE = 0.3;

    private static final List<Task> TRAINED = List.of(
            new Addition("add1", 1),
            new Addition("add2", 2),
            new Addition("add3", 3),
            new Subtraction("subtract1", 1),
            new Subtraction("subtract2", 2),
            new Subtraction("subtract3", 3),
            new Multiplication("multiply11", 1, 1),
            new Multiplication("multiply21", 2, 1),
            new Multiplication("multiply31", 3, 1),
            new Multiplication("multiply22", 2, 2),
            new Division("divide"),
            new Expressions("expression"),
            new Comparison("compare"),
            new Sorting("sort"),
            new CommonDivisor("gcd"),
            new Percentage("percent"),
            new Parity("parity"),
            new Sequence("sequence"),
            new Units("unit"),
            new Dates("date"),
            new WordProblems("word"),
            new Countdown("countdown", 3, PATIENCE),
            new Talk("product", Phrases.each("product."), false),
            new Talk("talk", Phrases.each("talk."), false),
            new Talk("general", Phrases.each("general"), true));

    /** Longer problems of kinds that are trained on; these are not. */
    private static final List<Task> SHIFTED =
            List.of(new Addition("add4", 4), new Subtraction("subtract4", 4), new Countdown("countdown4", 4, 1));

    /**
     * Weights of the shipped model's mixture, in problems; see {@link #standard}. In tokens that is about 70 % arithmetic, Countdown among
     * it, and 30 % words: stories, units, dates and talk.
     */
    private static final Map<String, Double> WEIGHTS = Map.ofEntries(
            Map.entry("add1", 0.3),
            Map.entry("add2", 0.8),
            Map.entry("add3", 1.0),
            Map.entry("subtract1", 0.4),
            Map.entry("subtract2", 0.9),
            Map.entry("subtract3", 1.3),
            Map.entry("multiply11", 0.5),
            Map.entry("multiply21", 0.7),
            Map.entry("multiply31", 0.7),
            Map.entry("multiply22", 1.8),
            Map.entry("divide", 1.2),
            Map.entry("expression", 1.6),
            Map.entry("compare", 0.8),
            Map.entry("sort", 1.0),
            Map.entry("gcd", 0.7),
            Map.entry("percent", 0.9),
            Map.entry("parity", 0.25),
            Map.entry("sequence", 0.7),
            Map.entry("unit", 0.8),
            Map.entry("date", 1.4),
            Map.entry("word", 3.2),
            Map.entry("countdown", 5.0),
            Map.entry("product", 1.0),
            Map.entry("talk", 1.2),
            Map.entry("general", 1.6));

    private Tasks() {}

    /** The tasks of the shipped model, one an ability that is reported. */
    public static List<Task> trained() {
        return TRAINED;
    }

    /** Kinds of problems longer than those trained on: four digits, four numbers. To be judged with, never trained on. */
    public static List<Task> shifted() {
        return SHIFTED;
    }

    /**
     * A task of {@link #trained} or {@link #shifted} by its name; with {@code .sentence} after it, the same problems with the answer
     * asked for in a sentence.
     *
     * @throws IllegalArgumentException where there is none; the message lists the names
     */
    public static Task named(String name) {
        if (name.endsWith(Sentence.SUFFIX)) {
            return new Sentence(named(name.substring(0, name.length() - Sentence.SUFFIX.length())));
        }
        for (List<Task> tasks : List.of(TRAINED, SHIFTED)) {
            for (Task task : tasks) {
                if (task.name().equals(name)) {
                    return task;
                }
            }
        }
        throw new IllegalArgumentException("no task is named " + name + "; there are "
                + String.join(", ", TRAINED.stream().map(Task::name).toList()) + " and "
                + String.join(", ", SHIFTED.stream().map(Task::name).toList()));
    }

    /** Whether there is a task to learn of this name, one of {@link #trained}, or its problems with {@code .sentence} after it. */
    public static boolean learned(String name) {
        String plain =
                name.endsWith(Sentence.SUFFIX) ? name.substring(0, name.length() - Sentence.SUFFIX.length()) : name;
        return TRAINED.stream().anyMatch(task -> task.name().equals(plain));
    }

    /** Three-number Countdown whose replies search with another patience; 1 makes every reply right. */
    public static Task countdown(double patience) {
        if (!(patience >= 0 && patience <= 1)) {
            throw new IllegalArgumentException("a patience of " + patience + ", expected 0 to 1");
        }
        return new Countdown("countdown", 3, patience);
    }

    /** The mixture of the shipped model. */
    public static Mixture standard() {
        return mixture(WEIGHTS);
    }

    /**
     * A mixture of tasks by name, in the order of {@link #trained}, so that equal weights give equal draws.
     *
     * @param weights weights by name, in problems; a task that is not named is left out
     * @throws IllegalArgumentException where a name is unknown, only for judging, or a weight is not positive
     */
    public static Mixture mixture(Map<String, Double> weights) {
        SequencedMap<Task, Double> byTask = new LinkedHashMap<>();
        for (Task task : TRAINED) {
            Double weight = weights.get(task.name());
            if (weight != null) {
                byTask.put(task, weight);
            }
        }
        for (Task task : TRAINED) {
            Task sentence = new Sentence(task);
            Double weight = weights.get(sentence.name());
            if (weight != null) {
                byTask.put(sentence, weight);
            }
        }
        for (String name : weights.keySet()) {
            Task task = named(name);
            if (SHIFTED.contains(task instanceof Sentence sentence ? sentence.task() : task)) {
                throw new IllegalArgumentException("the task " + name + " is for judging only");
            }
        }
        return new Mixture(byTask);
    }
}
