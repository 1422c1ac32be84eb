package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Listing;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * Numbers from 1 to 20, each to be used exactly once with + − × ÷, to make a target from 1 to 99 that can be made. Numbers are
 * drawn uniformly, then the target uniformly from what they can make.
 *
 * <p>Of three numbers the reply is a search ({@link Search}). Replies are of mixed quality: after a branch without success the
 * search goes on with the chance {@code patience}, and otherwise gives up with the closest it has seen, in the right form but
 * wrong. What such replies teach is the form and the arithmetic; that going on pays is left to reinforcement learning. Of other
 * counts of numbers the reply is the answer alone.
 *
 * @param count how many numbers
 * @param patience the chance to go on after a failed branch; 1 makes every reply right
 */
record Countdown(String name, int count, double patience) implements Task {
    static final int MOST = 20;
    static final int TARGETS = 100;

    private static final Phrases PHRASES = Phrases.of("countdown");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        int[] numbers = new int[count];
        BitSet reachable;
        do {
            for (int i = 0; i < count; i++) {
                numbers[i] = draws.between(1, MOST);
            }
            reachable = CountdownSolver.reachable(numbers, TARGETS);
        } while (reachable.isEmpty());
        int target = reachable.nextSetBit(0);
        for (int skip = draws.below(reachable.cardinality()); skip > 0; skip--) {
            target = reachable.nextSetBit(target + 1);
        }
        Draws searching = draws.branch(0);
        Speaker speaker = Speaker.of(draws, wordings);
        List<Integer> list = Arrays.stream(numbers).boxed().toList();
        String question = speaker.ask(
                PHRASES, Map.of("t", target, "list", Listing.of(speaker, list), "brackets", Listing.brackets(list)));
        if (count != 3) {
            String answer = speaker.digits(CountdownSolver.solve(numbers, target));
            return Example.good(problem(numbers, target, speaker, question, answer), "");
        }
        Search search = Search.run(numbers, target, searching, patience);
        String right = search.found() ? search.answer() : CountdownSolver.solve(numbers, target);
        return new Example(
                problem(numbers, target, speaker, question, speaker.digits(right)),
                search.working(),
                speaker.digits(search.answer()),
                search.found());
    }

    private Problem problem(int[] numbers, int target, Speaker speaker, String question, String answer) {
        int[] sorted = numbers.clone();
        Arrays.sort(sorted);
        StringBuilder key = new StringBuilder(name);
        for (int number : sorted) {
            key.append(' ').append(number);
        }
        List<Integer> list = Arrays.stream(numbers).boxed().toList();
        return new Problem(
                name,
                key.append(" = ").append(target).toString(),
                speaker.language(),
                question,
                answer,
                new Check.Countdown(list, target, true));
    }
}
