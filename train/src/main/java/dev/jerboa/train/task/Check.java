package dev.jerboa.train.task;

import java.math.BigDecimal;
import java.util.List;

/** What a right answer is. */
public sealed interface Check {
    /** One number, compared by value. */
    record Number(BigDecimal value) implements Check {
        public static Number of(long value) {
            return new Number(BigDecimal.valueOf(value));
        }
    }

    /** Several numbers in this order, separated by commas or spaces. */
    record Numbers(List<BigDecimal> values) implements Check {
        public Numbers {
            values = List.copyOf(values);
        }
    }

    /**
     * One text, compared without regard to case and white space around it.
     *
     * @param choices the texts that are answers at all, right or wrong; empty where any text is
     */
    record Words(String text, List<String> choices) implements Check {
        public Words {
            choices = List.copyOf(choices);
        }
    }

    /**
     * One of several texts to be known by heart, compared as {@link Words}. Such a problem is never held out, since it cannot be worked
     * out; its wordings are.
     */
    record Recall(List<String> texts) implements Check {
        public Recall {
            texts = List.copyOf(texts);
        }
    }

    /** An answer between two texts, such as a sentence that says it. */
    record Within(String before, Check answer, String after) implements Check {}

    /**
     * An expression of + − × ÷ and parentheses over the numbers that equals the target.
     *
     * @param all whether every number is to be used exactly once, or at most once
     */
    record Countdown(List<Integer> numbers, int target, boolean all) implements Check {
        public Countdown {
            numbers = List.copyOf(numbers);
        }
    }
}
