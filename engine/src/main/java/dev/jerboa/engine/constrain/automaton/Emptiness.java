package dev.jerboa.engine.constrain.automaton;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import java.util.ArrayList;
import java.util.List;

/**
 * Expressions without the empty text. A counted loop must not count rounds that take nothing: X{m,n} of an X that may be empty is
 * (X without the empty text){0,n}. Rules are taken to be not empty here; of a loop that they make empty the trimming says so.
 */
final class Emptiness {
    private static final int LONGEST = 500;

    private Emptiness() {}

    static boolean mayBeEmpty(Expression expression) {
        return switch (expression) {
            case Expression.Literal(byte[] text) -> text.length == 0;
            case Expression.Sequence(List<Expression> parts) -> parts.stream().allMatch(Emptiness::mayBeEmpty);
            case Expression.Choice(List<Expression> alternatives) ->
                alternatives.stream().anyMatch(Emptiness::mayBeEmpty);
            case Expression.Repeat repeat -> repeat.least() == 0 || mayBeEmpty(repeat.part());
            case Expression.FreeText text -> text.endless();
            case Expression.Characters c -> false;
            case Expression.Marker m -> false;
            case Expression.Rule r -> false;
        };
    }

    static Expression without(Expression expression) {
        if (!mayBeEmpty(expression)) {
            return expression;
        }
        return switch (expression) {
            case Expression.Literal l -> Expression.NOTHING;
            case Expression.Choice(List<Expression> alternatives) ->
                Expression.choice(alternatives.stream().map(Emptiness::without).toList());
            case Expression.Repeat repeat ->
                Expression.repeat(without(repeat.part()), Math.max(1, leastWhole(repeat)), repeat.most());
            case Expression.Sequence(List<Expression> parts) -> {
                if (parts.size() > LONGEST) {
                    throw new ConstraintException(
                            "a counted repeat has " + parts.size() + " parts that may all be empty, at most " + LONGEST
                                    + " are supported: leave its end open");
                }
                List<Expression> byFirst = new ArrayList<>();
                for (int i = 0; i < parts.size(); i++) {
                    List<Expression> rest = new ArrayList<>(parts.subList(i, parts.size()));
                    rest.set(0, without(parts.get(i)));
                    byFirst.add(Expression.sequence(rest));
                }
                yield Expression.choice(byFirst);
            }
            case Expression.FreeText t -> t;
            case Expression.Characters c -> c;
            case Expression.Marker m -> m;
            case Expression.Rule r -> r;
        };
    }

    /** How many rounds must not be empty: none where a round may be. */
    private static int leastWhole(Expression.Repeat repeat) {
        return mayBeEmpty(repeat.part()) ? 0 : repeat.least();
    }

    /** About how many nodes an expression needs, or more than {@code enough}. */
    static int size(Expression expression, int enough) {
        int size = 0;
        switch (expression) {
            case Expression.Literal(byte[] text) -> size = text.length;
            case Expression.Characters(CodePoints set) ->
                size = set.last(set.ranges() - 1) < 0x80 ? 1 : 2 + 2 * set.ranges();
            case Expression.Sequence(List<Expression> parts) -> size = sum(parts, enough);
            case Expression.Choice(List<Expression> alternatives) -> size = sum(alternatives, enough);
            case Expression.Repeat repeat -> {
                int copies = repeat.most() == Expression.Repeat.UNBOUNDED ? repeat.least() + 1 : repeat.most();
                size = (int) Math.min((long) Math.max(1, copies) * size(repeat.part(), enough), enough + 1L);
            }
            case Expression.Marker(String text) -> size = text.length();
            case Expression.FreeText t -> size = enough + 1;
            case Expression.Rule r -> size = 1;
        }
        return Math.min(Math.max(1, size), enough + 1);
    }

    private static int sum(List<Expression> parts, int enough) {
        int sum = 0;
        for (int i = 0; i < parts.size() && sum <= enough; i++) {
            sum += size(parts.get(i), enough);
        }
        return sum;
    }
}
