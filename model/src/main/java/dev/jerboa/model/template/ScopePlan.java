package dev.jerboa.model.template;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that a scope holds itself, and where each gets its value when the scope is entered. Filled by
 * {@link ScopePlanner} before the template is published, not changed after.
 */
final class ScopePlan {
    /** Where the value of a name comes from when its scope is entered. */
    enum Load {
        /** Set by whoever enters the scope. */
        PARAMETER,
        /** From the variables of the rendering. */
        VARIABLES,
        /** From the enclosing scope. */
        OUTER,
        /** From nowhere: undefined until assigned. */
        NOTHING
    }

    private static final class Entry {
        final int slot;
        Load load;

        Entry(int slot, Load load) {
            this.slot = slot;
            this.load = load;
        }
    }

    private final Map<String, Entry> entries = new HashMap<>();
    private final Set<String> special = new HashSet<>();
    private Set<String> free = Set.of();
    private String[] names = {};
    private Load[] loads = {};

    void define(String name, Load load) {
        Entry entry = entries.get(name);
        if (entry == null) {
            entries.put(name, new Entry(entries.size(), load));
        } else {
            entry.load = load;
        }
    }

    boolean holds(String name) {
        return entries.containsKey(name);
    }

    /** The slot of a name, or -1 when this scope does not hold it. */
    int slot(String name) {
        Entry entry = entries.get(name);
        return entry == null ? -1 : entry.slot;
    }

    /** Marks that the body uses a special name ({@code loop}, {@code caller}, {@code varargs}, {@code kwargs}). */
    void usesSpecial(String name) {
        special.add(name);
    }

    boolean isUsed(String specialName) {
        return special.contains(specialName);
    }

    /** Of the outermost scope: the names that the template reads from the variables of a rendering. */
    void setFree(Set<String> names) {
        free = names;
    }

    Set<String> free() {
        return free;
    }

    /** Ends the planning. */
    void seal() {
        names = new String[entries.size()];
        loads = new Load[entries.size()];
        entries.forEach((name, entry) -> {
            names[entry.slot] = name;
            loads[entry.slot] = entry.load;
        });
    }

    int size() {
        return names.length;
    }

    String name(int slot) {
        return names[slot];
    }

    Load load(int slot) {
        return loads[slot];
    }

    /** The values of one entered scope. */
    static final class Scope {

        final ScopePlan plan;
        final @Nullable Scope parent;
        private final @Nullable Object[] values;

        Scope(ScopePlan plan, @Nullable Scope parent) {
            this.plan = plan;
            this.parent = parent;
            this.values = new Object[plan.size()];
        }

        /** Gives every name its value of entering; parameters have none. */
        void load(Map<String, ?> variables) {
            for (int slot = 0; slot < values.length; slot++) {
                String name = plan.name(slot);
                values[slot] = switch (plan.load(slot)) {
                    case PARAMETER, NOTHING -> Absent.ABSENT;
                    case OUTER -> parent == null ? Absent.ABSENT : parent.value(name);
                    case VARIABLES -> variable(name, variables);
                };
            }
        }

        private static @Nullable Object variable(String name, Map<String, ?> variables) {
            if (variables.containsKey(name)) {
                return variables.get(name);
            }
            Object global = Globals.ALL.get(name);
            return global == null ? Absent.ABSENT : global;
        }

        /** The value of a name in this scope or the nearest one around it that holds it, or {@link Absent}. */
        @Nullable
        Object value(String name) {
            for (Scope scope = this; scope != null; scope = scope.parent) {
                int slot = scope.plan.slot(name);
                if (slot >= 0) {
                    return scope.values[slot];
                }
            }
            return Absent.ABSENT;
        }

        /** Assigns to a name that this scope holds. */
        void set(String name, @Nullable Object value) {
            int slot = plan.slot(name);
            if (slot < 0) {
                throw new IllegalStateException("the scope was not planned to hold " + name);
            }
            values[slot] = value;
        }
    }
}
