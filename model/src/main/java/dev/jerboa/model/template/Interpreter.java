package dev.jerboa.model.template;

import dev.jerboa.model.template.Rendering.Span;
import dev.jerboa.model.template.ScopePlan.Scope;
import dev.jerboa.model.template.Statement.MacroBody;
import dev.jerboa.model.template.Statement.Target;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One rendering: executes statements, with expressions evaluated by {@link Evaluator}. Not thread-safe. */
final class Interpreter {
    /** How a statement ended. */
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final String template;
    private final Clock clock;
    private final Budget budget;
    private final Evaluator evaluator;
    private final StringBuilder root = new StringBuilder();
    private final List<Span> generated = new ArrayList<>();
    private StringBuilder out = root;
    private Map<String, @Nullable Object> variables = Map.of();
    private int line = 1;

    Interpreter(String template, TemplateLimits limits, Clock clock) {
        this.template = template;
        this.clock = clock;
        this.budget = new Budget(limits);
        this.evaluator = new Evaluator(this);
    }

    Rendering run(List<Statement> body, ScopePlan plan, Map<String, ?> given) {
        try {
            variables = Inputs.copy(given, budget);
            execute(body, enter(plan, null));
            return new Rendering(root.toString(), generated);
        } catch (Fault fault) {
            throw new TemplateException(template, line, fault.reason());
        } catch (StackOverflowError e) {
            throw new TemplateException(template, line, "evaluation is nested deeper than this thread's stack allows");
        }
    }

    Budget budget() {
        return budget;
    }

    ZonedDateTime now() {
        return ZonedDateTime.now(clock);
    }

    /** Remembers the line that an error will name. */
    void at(int newLine) {
        line = newLine;
    }

    /** A scope with the values of entering. */
    Scope enter(ScopePlan plan, @Nullable Scope outer) {
        Scope scope = new Scope(plan, outer);
        budget.elements(plan.size());
        scope.load(variables);
        return scope;
    }

    /** The text of a macro whose given arguments are set in {@code scope}. */
    String macro(MacroBody macro, Scope scope) {
        budget.descend();
        int firstDefault = macro.parameters().size() - macro.defaults().size();
        for (int i = 0; i < macro.parameters().size(); i++) {
            String parameter = macro.parameters().get(i);
            if (scope.value(parameter) instanceof Absent) {
                scope.set(
                        parameter,
                        i >= firstDefault
                                ? evaluator.value(macro.defaults().get(i - firstDefault), scope)
                                : new Undefined("parameter '" + parameter + "' was not provided"));
            }
        }
        String text = captured(macro.body(), scope).text();
        budget.ascend();
        return text;
    }

    private record Captured(String text, Flow flow) {}

    /** The text that statements write, instead of writing it. */
    private Captured captured(List<Statement> body, Scope scope) {
        StringBuilder outer = out;
        out = new StringBuilder();
        try {
            Flow flow = execute(body, scope);
            return new Captured(budget.made(out.toString()), flow);
        } finally {
            out = outer;
        }
    }

    private void write(String text) {
        StringMethods.append(out, text, budget);
    }

    private Flow execute(List<? extends Statement> body, Scope scope) {
        budget.descend();
        for (Statement statement : body) {
            budget.step();
            line = statement.line();
            Flow flow = execute(statement, scope);
            if (flow != Flow.NEXT) {
                budget.ascend();
                return flow;
            }
        }
        budget.ascend();
        return Flow.NEXT;
    }

    private Flow execute(Statement statement, Scope scope) {
        switch (statement) {
            case Statement.Data data -> write(data.text());
            case Statement.Print print -> write(Repr.str(evaluator.value(print.value(), scope), budget));
            case Statement.If branch -> {
                return branch(branch, scope);
            }
            case Statement.For loop -> {
                return loop(loop, scope);
            }
            case Statement.Assign assign -> assign(assign, scope);
            case Statement.AssignBlock block -> {
                return assignBlock(block, scope);
            }
            case Statement.MacroDefinition macro ->
                scope.set(macro.name(), new Macro(macro.name(), macro.macro(), scope));
            case Statement.CallBlock block -> {
                Macro caller = new Macro("caller", block.caller(), scope);
                write(Repr.str(evaluator.call(block.call(), scope, caller), budget));
            }
            case Statement.FilterBlock block -> {
                Scope inner = enter(block.scope(), scope);
                Captured body = captured(block.body(), inner);
                if (body.flow() != Flow.NEXT) {
                    return body.flow();
                }
                line = block.line();
                write(Repr.str(evaluator.filter(block.filter(), inner, body.text()), budget));
            }
            case Statement.With with -> {
                List<@Nullable Object> values = new ArrayList<>();
                Scope inner = enter(with.scope(), scope);
                for (int i = 0; i < with.targets().size(); i++) {
                    values.add(evaluator.value(with.values().get(i), scope));
                    assign(with.targets().get(i), values.get(i), inner);
                }
                return execute(with.body(), inner);
            }
            case Statement.Generation generation -> {
                int start = out.length();
                write(macro(generation.body(), enter(generation.body().scope(), scope)));
                if (out == root) {
                    generated.add(new Span(start, out.length()));
                }
            }
            case Statement.LoopControl control -> {
                return control.isBreak() ? Flow.BREAK : Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private Flow branch(Statement.If branch, Scope scope) {
        if (Values.truth(evaluator.value(branch.test(), scope))) {
            return execute(branch.body(), scope);
        }
        for (Statement.If elif : branch.elifs()) {
            line = elif.line();
            if (Values.truth(evaluator.value(elif.test(), scope))) {
                return execute(elif.body(), scope);
            }
        }
        return execute(branch.otherwise(), scope);
    }

    // Loops.

    private Flow loop(Statement.For loop, Scope scope) {
        Object items = evaluator.value(loop.iterable(), scope);
        if (!loop.recursive()) {
            return iterate(loop, scope, items, null, 0);
        }
        write(new Recursive(loop, scope).render(items, 0));
        return Flow.NEXT;
    }

    private final class Recursive implements LoopContext.Recursion {
        private final Statement.For loop;
        private final Scope scope;

        Recursive(Statement.For loop, Scope scope) {
            this.loop = loop;
            this.scope = scope;
        }

        @Override
        public String render(@Nullable Object items, int depth0) {
            budget.descend();
            StringBuilder outer = out;
            out = new StringBuilder();
            try {
                iterate(loop, scope, items, this, depth0);
                return budget.made(out.toString());
            } finally {
                out = outer;
                budget.ascend();
            }
        }
    }

    private Flow iterate(
            Statement.For loop,
            Scope scope,
            @Nullable Object items,
            LoopContext.@Nullable Recursion recursion,
            int depth0) {
        Object source = loop.test() == null ? items : filtered(loop, loop.test(), scope, items);
        boolean extended = loop.bodyScope().isUsed("loop");
        LoopContext context = extended ? new LoopContext(this, source, recursion, depth0) : null;
        Iterator<? extends @Nullable Object> plain = context == null ? Values.iterate(source) : null;
        Scope inner = new Scope(loop.bodyScope(), scope);
        budget.elements(loop.bodyScope().size());
        // As in Jinja, an iteration that break or continue cut short does not keep the else branch from running.
        boolean empty = true;
        while (true) {
            line = loop.line();
            if (context != null ? !context.advance() : plain == null || !plain.hasNext()) {
                break;
            }
            budget.step();
            Object item = context != null ? context.current() : plain == null ? null : plain.next();
            inner.load(variables);
            if (context != null) {
                inner.set("loop", context);
            }
            assign(loop.target(), item, inner);
            Flow flow = execute(loop.body(), inner);
            if (flow == Flow.BREAK) {
                break;
            }
            empty &= flow == Flow.CONTINUE;
        }
        return empty ? execute(loop.otherwise(), enter(loop.otherwiseScope(), scope)) : Flow.NEXT;
    }

    /** The items that pass the loop's own condition, tested when they are needed. */
    private Generator filtered(Statement.For loop, Expr test, Scope scope, @Nullable Object items) {
        Iterator<? extends @Nullable Object> source = Values.iterate(items);
        Iterator<@Nullable Object> passing = new Generator.Lookahead() {
            @Override
            @Nullable
            Object advance() {
                while (source.hasNext()) {
                    Object item = source.next();
                    Scope inner = enter(loop.testScope(), scope);
                    assign(loop.target(), item, inner);
                    if (Values.truth(evaluator.value(test, inner))) {
                        return repacked(loop.target(), item, inner);
                    }
                }
                return Absent.ABSENT;
            }
        };
        return new Generator("generator", passing, budget);
    }

    /** The item as Jinja's filtering function passes it on: what a tuple of names was unpacked from is a tuple again. */
    private static @Nullable Object repacked(Target target, @Nullable Object item, Scope scope) {
        if (!(target instanceof Target.ToTuple tuple)) {
            return target instanceof Target.ToName name ? scope.value(name.name()) : item;
        }
        List<@Nullable Object> items = new ArrayList<>();
        for (Target part : tuple.items()) {
            items.add(repacked(part, null, scope));
        }
        return new Tuple(items);
    }

    // Assignments.

    private void assign(Statement.Assign assign, Scope scope) {
        checkNamespaces(assign.target(), scope);
        assign(assign.target(), evaluator.value(assign.value(), scope), scope);
    }

    private Flow assignBlock(Statement.AssignBlock block, Scope scope) {
        Scope inner = enter(block.scope(), scope);
        Captured body = captured(block.body(), inner);
        if (body.flow() != Flow.NEXT) {
            return body.flow();
        }
        line = block.line();
        Object value = block.filter() == null ? body.text() : evaluator.filter(block.filter(), inner, body.text());
        checkNamespaces(block.target(), scope);
        assign(block.target(), value, scope);
        return Flow.NEXT;
    }

    private void checkNamespaces(Target target, Scope scope) {
        switch (target) {
            case Target.ToName name -> {}
            case Target.ToTuple tuple -> tuple.items().forEach(item -> checkNamespaces(item, scope));
            case Target.ToNamespace to -> namespace(to, scope);
        }
    }

    private static Namespace namespace(Target.ToNamespace target, Scope scope) {
        if (scope.value(target.name()) instanceof Namespace namespace) {
            return namespace;
        }
        throw new Fault("cannot assign attribute on non-namespace object");
    }

    private void assign(Target target, @Nullable Object value, Scope scope) {
        switch (target) {
            case Target.ToName name -> scope.set(name.name(), value);
            case Target.ToNamespace to -> {
                budget.elements(1);
                Dicts.put(namespace(to, scope).attributes, to.attribute(), value);
            }
            case Target.ToTuple tuple -> {
                List<Target> targets = tuple.items();
                Iterator<? extends @Nullable Object> items = unpacked(value);
                List<@Nullable Object> values = new ArrayList<>();
                while (values.size() <= targets.size() && items.hasNext()) {
                    values.add(items.next());
                }
                if (values.size() != targets.size()) {
                    throw new Fault(
                            values.size() < targets.size()
                                    ? "not enough values to unpack (expected " + targets.size() + ", got "
                                            + values.size() + ")"
                                    : "too many values to unpack (expected " + targets.size() + ")");
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), values.get(i), scope);
                }
            }
        }
    }

    private static Iterator<? extends @Nullable Object> unpacked(@Nullable Object value) {
        if (!Values.isIterable(value)) {
            throw new Fault("cannot unpack non-iterable " + Values.type(value) + " object");
        }
        return Values.iterate(value);
    }
}
