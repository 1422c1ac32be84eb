package dev.jerboa.model.template;

import dev.jerboa.model.template.Statement.Target;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds which names with a special meaning a body reads before it stores them itself, nested scopes included. */
final class SpecialNames {
    /** What a macro may read without declaring it. */
    static final Set<String> OF_MACROS = Set.of("caller", "kwargs", "varargs");

    private final Set<String> wanted;
    private final Set<String> found = new HashSet<>();

    private SpecialNames(Set<String> names) {
        this.wanted = new HashSet<>(names);
    }

    static Set<String> used(List<Statement> body, Set<String> names) {
        SpecialNames search = new SpecialNames(names);
        search.visit(body);
        return search.found;
    }

    private void visit(List<? extends Statement> body) {
        body.forEach(this::visit);
    }

    private void visit(Statement statement) {
        switch (statement) {
            case Statement.Data data -> {}
            case Statement.LoopControl control -> {}
            case Statement.Print print -> visit(print.value());
            case Statement.If branch -> {
                visit(branch.test());
                visit(branch.body());
                visit(branch.elifs());
                visit(branch.otherwise());
            }
            case Statement.For loop -> {
                visit(loop.target());
                visit(loop.iterable());
                visit(loop.body());
                visit(loop.otherwise());
                if (loop.test() != null) {
                    visit(loop.test());
                }
            }
            case Statement.Assign assign -> {
                visit(assign.target());
                visit(assign.value());
            }
            case Statement.AssignBlock block -> {
                visit(block.target());
                if (block.filter() != null) {
                    visit(block.filter());
                }
                visit(block.body());
            }
            case Statement.MacroDefinition macro -> visit(macro.macro());
            case Statement.CallBlock block -> {
                visit(block.call());
                visit(block.caller());
            }
            case Statement.Generation generation -> visit(generation.body());
            case Statement.FilterBlock block -> {
                visit(block.body());
                visit(block.filter());
            }
            case Statement.With with -> {
                with.targets().forEach(this::visit);
                with.values().forEach(this::visit);
                visit(with.body());
            }
        }
    }

    private void visit(Statement.MacroBody macro) {
        wanted.removeAll(macro.parameters());
        macro.defaults().forEach(this::visit);
        visit(macro.body());
    }

    private void visit(Target target) {
        switch (target) {
            case Target.ToName name -> wanted.remove(name.name());
            case Target.ToTuple tuple -> tuple.items().forEach(this::visit);
            case Target.ToNamespace namespace -> {}
        }
    }

    private void visit(Expr expr) {
        if (expr instanceof Expr.Name name) {
            if (wanted.contains(name.name())) {
                found.add(name.name());
            }
        } else {
            expr.forEachChild(this::visit);
        }
    }
}
