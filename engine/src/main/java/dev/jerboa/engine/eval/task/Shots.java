package dev.jerboa.engine.eval.task;

import dev.jerboa.engine.eval.EvalException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * Worked items before each question: for all items of a group the same ones, in the same order, so that they are computed once. Items of
 * a group have examples of that group where there are any. The same examples, count and seed give the same shots.
 */
public final class Shots {
    private final Map<String, List<Item>> byGroup = new LinkedHashMap<>();
    private final int count;
    private final boolean own;

    /**
     * @param items the examples to choose from
     * @param own whether they are the task's own items, of which each is asked without itself as an example
     * @param count examples before a question
     * @param seed draws them; without it, they are the first
     * @throws EvalException where there are too few
     */
    public Shots(List<Item> items, boolean own, int count, OptionalLong seed) {
        this.count = count;
        this.own = own;
        if (count == 0) {
            return;
        }
        for (Item item : items) {
            byGroup.computeIfAbsent(item.group(), group -> new ArrayList<>()).add(item);
        }
        int needed = own ? count + 1 : count;
        if (items.size() < needed) {
            throw new EvalException(count + " examples were asked for, but there are " + items.size()
                    + (own ? " items in all, of which each is asked without itself" : "") + ": ask for fewer");
        }
        byGroup.values().removeIf(group -> group.size() < needed);
        byGroup.put("", new ArrayList<>(items));
        if (seed.isPresent()) {
            byGroup.forEach((group, all) -> shuffle(all, seed.getAsLong() ^ group.hashCode()));
        }
        byGroup.replaceAll((group, all) -> List.copyOf(all.subList(0, needed)));
    }

    private static void shuffle(List<Item> items, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = items.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            Item item = items.get(i);
            items.set(i, items.get(j));
            items.set(j, item);
        }
    }

    /** The examples before an item. */
    public List<Item.Example> before(Item item) {
        List<Item.Example> examples = new ArrayList<>();
        if (count == 0) {
            return examples;
        }
        List<Item> all = byGroup.getOrDefault(item.group(), byGroup.getOrDefault("", List.of()));
        for (Item each : all) {
            if (examples.size() < count && !(own && each.equals(item))) {
                examples.add(each.example());
            }
        }
        return examples;
    }
}
