package dev.jerboa.model.template;

import dev.jerboa.model.template.ScopePlan.Load;
import dev.jerboa.model.template.Statement.MacroBody;
import dev.jerboa.model.template.Statement.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides, before rendering, which scope holds which name, as Jinja's compiler does: a name is held where it is first
 * stored or, if no scope around knows it, where it is first read; a scope that stores a name of an outer one starts
 * with a copy. Also refuses filters and tests that do not exist (unless a condition guards them, when use fails).
 */
final class ScopePlanner {
    private final String template;

    private ScopePlanner(String template) {
        this.template = template;
    }

    /** Fills the plans of all scopes of a template; returns that of the outermost. */
    static ScopePlan plan(String template, List<Statement> body) {
        ScopePlanner planner = new ScopePlanner(template);
        ScopePlan root = new ScopePlan();
        Symbols symbols = new Symbols(null);
        planner.read(body, symbols);
        symbols.finish(root);
        planner.inner(body, symbols, false);
        root.setFree(symbols.free);
        return root;
    }

    /** Names of one scope while it is read; a branch of an {@code if} adds to what was known before it. */
    private static final class Symbols {
        private final @Nullable Symbols parent;
        private final @Nullable Symbols before;
        private final Map<String, Load> refs = new HashMap<>();
        private final Set<String> stores = new HashSet<>();
        /** The names that the whole template reads from the variables of a rendering. */
        private final Set<String> free;

        Symbols(@Nullable Symbols parent) {
            this(parent, null);
        }

        private Symbols(@Nullable Symbols parent, @Nullable Symbols before) {
            this.parent = parent;
            this.before = before;
            Symbols sharing = before == null ? parent : before;
            this.free = sharing == null ? new HashSet<>() : sharing.free;
        }

        Symbols branch() {
            return new Symbols(parent, this);
        }

        private boolean holds(String name) {
            for (Symbols symbols = this; symbols != null; symbols = symbols.before) {
                if (symbols.refs.containsKey(name)) {
                    return true;
                }
            }
            return false;
        }

        private boolean stored(String name) {
            for (Symbols symbols = this; symbols != null; symbols = symbols.before) {
                if (symbols.stores.contains(name)) {
                    return true;
                }
            }
            return false;
        }

        private boolean isKnownOutside(String name) {
            for (Symbols symbols = parent; symbols != null; symbols = symbols.parent) {
                if (symbols.holds(name)) {
                    return true;
                }
            }
            return false;
        }

        void load(String name) {
            if (!holds(name) && !isKnownOutside(name)) {
                refs.put(name, Load.VARIABLES);
                free.add(name);
            }
        }

        void store(String name) {
            stores.add(name);
            if (!holds(name)) {
                refs.put(name, isKnownOutside(name) ? Load.OUTER : Load.NOTHING);
            }
        }

        void parameter(String name) {
            stores.add(name);
            refs.put(name, Load.PARAMETER);
        }

        /** A name that only some branches store keeps, in the others, the value from outside. */
        void merge(List<Symbols> branches) {
            Set<String> stored = new HashSet<>();
            branches.forEach(branch -> stored.addAll(branch.stores));
            stored.removeIf(this::stored);
            for (Symbols branch : branches) {
                refs.putAll(branch.refs);
                stores.addAll(branch.stores);
            }
            for (String name : stored) {
                refs.put(name, isKnownOutside(name) ? Load.OUTER : Load.VARIABLES);
            }
        }

        void finish(ScopePlan plan) {
            refs.forEach(plan::define);
            plan.seal();
        }
    }

    // What a scope's own statements read and store.

    private void read(List<? extends Statement> body, Symbols symbols) {
        for (Statement statement : body) {
            read(statement, symbols);
        }
    }

    private void read(Statement statement, Symbols symbols) {
        switch (statement) {
            case Statement.Data data -> {}
            case Statement.LoopControl control -> {}
            case Statement.Generation generation -> {}
            case Statement.Print print -> read(print.value(), symbols);
            case Statement.If branch -> {
                read(branch.test(), symbols);
                List<Symbols> branches = new ArrayList<>();
                for (List<? extends Statement> body : List.of(branch.body(), branch.elifs(), branch.otherwise())) {
                    Symbols inside = symbols.branch();
                    read(body, inside);
                    branches.add(inside);
                }
                symbols.merge(branches);
            }
            case Statement.For loop -> read(loop.iterable(), symbols);
            case Statement.Assign assign -> {
                read(assign.value(), symbols);
                store(assign.target(), symbols);
            }
            case Statement.AssignBlock block -> store(block.target(), symbols);
            case Statement.MacroDefinition macro -> symbols.store(macro.name());
            case Statement.CallBlock block -> read(block.call(), symbols);
            case Statement.FilterBlock block -> read(block.filter(), symbols);
            case Statement.With with -> with.values().forEach(value -> read(value, symbols));
        }
    }

    private void read(Expr expr, Symbols symbols) {
        if (expr instanceof Expr.Name name) {
            symbols.load(name.name());
        } else {
            expr.forEachChild(child -> read(child, symbols));
        }
    }

    private void store(Target target, Symbols symbols) {
        switch (target) {
            case Target.ToName name -> symbols.store(name.name());
            case Target.ToTuple tuple -> tuple.items().forEach(item -> store(item, symbols));
            case Target.ToNamespace namespace -> symbols.load(namespace.name());
        }
    }

    private void parameter(Target target, Symbols symbols) {
        switch (target) {
            case Target.ToName name -> symbols.parameter(name.name());
            case Target.ToTuple tuple -> tuple.items().forEach(item -> parameter(item, symbols));
            case Target.ToNamespace namespace -> symbols.load(namespace.name());
        }
    }

    // The scopes inside.

    private void inner(List<? extends Statement> body, Symbols symbols, boolean guarded) {
        for (Statement statement : body) {
            inner(statement, symbols, guarded);
        }
    }

    private void inner(Statement statement, Symbols symbols, boolean guarded) {
        switch (statement) {
            case Statement.Data data -> {}
            case Statement.LoopControl control -> {}
            case Statement.Print print -> check(print.value(), guarded);
            case Statement.If branch -> {
                check(branch.test(), true);
                inner(branch.body(), symbols, true);
                inner(branch.elifs(), symbols, true);
                inner(branch.otherwise(), symbols, true);
            }
            case Statement.For loop -> forLoop(loop, symbols, guarded);
            case Statement.Assign assign -> check(assign.value(), guarded);
            case Statement.AssignBlock block -> {
                Symbols own = scope(block.body(), symbols, block.scope());
                if (block.filter() != null) {
                    check(block.filter(), false);
                }
                inner(block.body(), own, false);
            }
            case Statement.MacroDefinition macro -> macro(macro.macro(), symbols, macro.line());
            case Statement.Generation generation -> macro(generation.body(), symbols, generation.line());
            case Statement.CallBlock block -> {
                check(block.call(), guarded);
                macro(block.caller(), symbols, block.line());
            }
            case Statement.FilterBlock block -> {
                Symbols own = new Symbols(symbols);
                read(block.body(), own);
                read(block.filter(), own);
                own.finish(block.scope());
                check(block.filter(), false);
                inner(block.body(), own, false);
            }
            case Statement.With with -> {
                with.values().forEach(value -> check(value, guarded));
                Symbols own = new Symbols(symbols);
                with.targets().forEach(target -> parameter(target, own));
                read(with.body(), own);
                own.finish(with.scope());
                inner(with.body(), own, false);
            }
        }
    }

    private Symbols scope(List<Statement> body, Symbols outer, ScopePlan plan) {
        Symbols own = new Symbols(outer);
        read(body, own);
        own.finish(plan);
        return own;
    }

    private void forLoop(Statement.For loop, Symbols symbols, boolean guarded) {
        check(loop.iterable(), guarded);
        Symbols body = new Symbols(symbols);
        if (loop.recursive() || SpecialNames.used(loop.body(), Set.of("loop")).contains("loop")) {
            body.parameter("loop");
            loop.bodyScope().usesSpecial("loop");
        }
        parameter(loop.target(), body);
        read(loop.body(), body);
        body.finish(loop.bodyScope());
        inner(loop.body(), body, false);
        Symbols test = new Symbols(symbols);
        parameter(loop.target(), test);
        if (loop.test() != null) {
            read(loop.test(), test);
            check(loop.test(), false);
        }
        test.finish(loop.testScope());
        inner(loop.otherwise(), scope(loop.otherwise(), symbols, loop.otherwiseScope()), false);
    }

    private void macro(MacroBody macro, Symbols symbols, int line) {
        Symbols own = new Symbols(symbols);
        macro.parameters().forEach(own::parameter);
        for (String name : SpecialNames.used(macro.body(), SpecialNames.OF_MACROS)) {
            macro.scope().usesSpecial(name);
            own.parameter(name);
            int position = macro.parameters().indexOf(name);
            int firstDefault = macro.parameters().size() - macro.defaults().size();
            if (name.equals("caller") && position >= 0 && position < firstDefault) {
                throw new TemplateException(template, line, "the parameter 'caller' needs a default");
            }
        }
        macro.defaults().forEach(value -> read(value, own));
        read(macro.body(), own);
        own.finish(macro.scope());
        macro.defaults().forEach(value -> check(value, false));
        inner(macro.body(), own, false);
    }

    private void check(Expr expr, boolean guarded) {
        switch (expr) {
            case Expr.FilterUse filter
            when !guarded && !Filters.exists(filter.name()) ->
                throw new TemplateException(template, filter.line(), Filters.unknown(filter.name()));
            case Expr.TestUse test
            when !guarded && !Tests.exists(test.name()) ->
                throw new TemplateException(template, test.line(), Tests.unknown(test.name()));
            default -> {
                boolean inside = guarded || expr instanceof Expr.Conditional;
                expr.forEachChild(child -> check(child, inside));
            }
        }
    }
}
