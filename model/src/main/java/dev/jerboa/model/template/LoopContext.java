package dev.jerboa.model.template;

import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop}: what a loop knows of where it is. It reads ahead only when asked. */
final class LoopContext implements Invocable {

    /** Renders the body of a recursive loop over other items. */
    @FunctionalInterface
    interface Recursion {
        String render(@Nullable Object items, int depth0);
    }

    private final Interpreter interpreter;
    private final @Nullable Object iterable;
    private final @Nullable Recursion recursion;
    private final int depth0;
    private Iterator<? extends @Nullable Object> iterator;
    private int index0 = -1;
    private long length = -1;
    private @Nullable Object before = Absent.ABSENT;
    private @Nullable Object current = Absent.ABSENT;
    private @Nullable Object after = Absent.ABSENT;
    private @Nullable Tuple lastChanged;

    LoopContext(Interpreter interpreter, @Nullable Object iterable, @Nullable Recursion recursion, int depth0) {
        this.interpreter = interpreter;
        this.iterable = iterable;
        this.iterator = Values.iterate(iterable);
        this.recursion = recursion;
        this.depth0 = depth0;
    }

    /** Moves to the next item; false at the end. */
    boolean advance() {
        if (peek() instanceof Absent) {
            return false;
        }
        before = current;
        current = after;
        after = Absent.ABSENT;
        index0++;
        return true;
    }

    @Nullable
    Object current() {
        return current;
    }

    private @Nullable Object peek() {
        if (after instanceof Absent && iterator.hasNext()) {
            after = iterator.next();
        }
        return after;
    }

    long index() {
        return index0 + 1L;
    }

    long length() {
        if (length < 0) {
            if (iterable instanceof Generator) {
                List<@Nullable Object> rest =
                        Values.list(new Generator("rest", iterator, interpreter.budget()), interpreter.budget());
                iterator = rest.iterator();
                length = rest.size() + index() + (after instanceof Absent ? 0 : 1);
            } else {
                length = Values.length(iterable, interpreter.budget());
            }
        }
        return length;
    }

    /** Iterating over {@code loop} itself moves it on. */
    Iterator<Object> pairs() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !(peek() instanceof Absent);
            }

            @Override
            public Object next() {
                advance();
                return Tuple.of(current, LoopContext.this);
            }
        };
    }

    /** An attribute, or {@link Absent}. */
    @Nullable
    Object attribute(String name) {
        return switch (name) {
            case "index0" -> (long) index0;
            case "index" -> index();
            case "first" -> index0 == 0;
            case "last" -> peek() instanceof Absent;
            case "length" -> length();
            case "revindex" -> length() - index0;
            case "revindex0" -> length() - index();
            case "depth0" -> (long) depth0;
            case "depth" -> depth0 + 1L;
            case "previtem" -> index0 == 0 ? new Undefined("there is no previous item") : before;
            case "nextitem" -> {
                Object next = peek();
                yield next instanceof Absent ? new Undefined("there is no next item") : next;
            }
            case "cycle" -> new Function("cycle", (run, arguments) -> cycle(arguments));
            case "changed" -> new Function("changed", (run, arguments) -> changed(arguments));
            default -> Absent.ABSENT;
        };
    }

    private @Nullable Object cycle(Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw new Fault("no items for cycling given");
        }
        return arguments
                .positional()
                .get(Math.floorMod(index0, arguments.positional().size()));
    }

    private boolean changed(Arguments arguments) {
        Tuple value = new Tuple(arguments.positional());
        boolean changed = !Values.equal(lastChanged, value, interpreter.budget());
        if (changed) {
            lastChanged = value;
        }
        return changed;
    }

    @Override
    public Object call(Interpreter run, Arguments arguments) {
        if (recursion == null) {
            throw new Fault("The loop must have the 'recursive' marker to be called recursively.");
        }
        List<@Nullable Object> items = arguments.positionalOnly("loop", 1, 1);
        return recursion.render(items.get(0), depth0 + 1);
    }
}
