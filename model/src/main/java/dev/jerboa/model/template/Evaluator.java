package dev.jerboa.model.template;

import dev.jerboa.model.template.Expr.CallArguments;
import dev.jerboa.model.template.Expr.Comparator;
import dev.jerboa.model.template.ScopePlan.Scope;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluates expressions within one rendering. */
final class Evaluator {
    private final Interpreter interpreter;
    private final Budget budget;

    Evaluator(Interpreter interpreter) {
        this.interpreter = interpreter;
        this.budget = interpreter.budget();
    }

    @Nullable
    Object value(Expr expr, Scope scope) {
        budget.step();
        if (expr instanceof Expr.Literal literal) {
            return literal.value();
        }
        if (expr instanceof Expr.Name name) {
            Object value = scope.value(name.name());
            return value instanceof Absent ? Undefined.name(name.name()) : value;
        }
        budget.descend();
        Object value = compound(expr, scope);
        budget.ascend();
        return value;
    }

    private @Nullable Object compound(Expr expr, Scope scope) {
        return switch (expr) {
            case Expr.Literal literal -> literal.value();
            case Expr.Name name -> scope.value(name.name());
            case Expr.TupleOf tuple -> new Tuple(items(tuple.items(), scope));
            case Expr.ListOf list -> items(list.items(), scope);
            case Expr.DictOf dict -> dict(dict, scope);
            case Expr.Signed signed -> {
                Object operand = value(signed.operand(), scope);
                interpreter.at(signed.line());
                yield Arithmetic.signed(signed.sign(), operand);
            }
            case Expr.Not not -> !Values.truth(value(not.operand(), scope));
            case Expr.Binary binary -> {
                Object left = value(binary.left(), scope);
                Object right = value(binary.right(), scope);
                interpreter.at(binary.line());
                yield Arithmetic.apply(binary.operator(), left, right, interpreter);
            }
            case Expr.Logical logical -> {
                Object left = value(logical.left(), scope);
                yield Values.truth(left) == logical.and() ? value(logical.right(), scope) : left;
            }
            case Expr.Concat concat -> concat(concat, scope);
            case Expr.Compare compare -> compare(compare, scope);
            case Expr.Conditional conditional -> conditional(conditional, scope);
            case Expr.Attribute attribute -> {
                Object object = value(attribute.object(), scope);
                interpreter.at(attribute.line());
                yield Attributes.attribute(object, attribute.name(), budget);
            }
            case Expr.Item item -> {
                Object object = value(item.object(), scope);
                Object key = value(item.key(), scope);
                interpreter.at(item.line());
                yield Attributes.item(object, key, budget);
            }
            case Expr.Slice slice -> {
                Object object = value(slice.object(), scope);
                Object start = optional(slice.start(), scope);
                Object stop = optional(slice.stop(), scope);
                Object step = optional(slice.step(), scope);
                interpreter.at(slice.line());
                yield Attributes.slice(object, start, stop, step, budget);
            }
            case Expr.Call call -> call(call, scope, null);
            case Expr.FilterUse filter -> filter(filter, scope, null);
            case Expr.TestUse test -> {
                Object value = value(test.value(), scope);
                Arguments arguments = arguments(test.arguments(), scope, null);
                interpreter.at(test.line());
                yield Tests.apply(interpreter, test.name(), value, arguments);
            }
        };
    }

    private @Nullable Object optional(@Nullable Expr expr, Scope scope) {
        return expr == null ? null : value(expr, scope);
    }

    private List<@Nullable Object> items(List<Expr> items, Scope scope) {
        List<@Nullable Object> out = new ArrayList<>(budget.elements(items.size()));
        for (Expr item : items) {
            out.add(value(item, scope));
        }
        return out;
    }

    private Map<@Nullable Object, @Nullable Object> dict(Expr.DictOf dict, Scope scope) {
        budget.elements(2L * dict.keys().size());
        Map<@Nullable Object, @Nullable Object> out = Dicts.create();
        for (int i = 0; i < dict.keys().size(); i++) {
            Object key = value(dict.keys().get(i), scope);
            Object value = value(dict.values().get(i), scope);
            interpreter.at(dict.line());
            Dicts.put(out, key, value);
        }
        return out;
    }

    private String concat(Expr.Concat concat, Scope scope) {
        StringBuilder out = new StringBuilder();
        for (Expr part : concat.parts()) {
            Object value = value(part, scope);
            interpreter.at(concat.line());
            StringMethods.append(out, Repr.str(value, budget), budget);
        }
        return budget.made(out.toString());
    }

    private boolean compare(Expr.Compare compare, Scope scope) {
        Object left = value(compare.first(), scope);
        for (Expr.Comparison comparison : compare.rest()) {
            Object right = value(comparison.operand(), scope);
            interpreter.at(compare.line());
            if (!holds(comparison.operator(), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private boolean holds(Comparator operator, @Nullable Object left, @Nullable Object right) {
        return switch (operator) {
            case EQ -> Values.equal(left, right, budget);
            case NE -> !Values.equal(left, right, budget);
            case IN -> Values.contains(right, left, budget);
            case NOT_IN -> !Values.contains(right, left, budget);
            case LT, LE, GT, GE -> Values.ordered(operator, left, right, budget);
        };
    }

    private @Nullable Object conditional(Expr.Conditional conditional, Scope scope) {
        if (Values.truth(value(conditional.test(), scope))) {
            return value(conditional.then(), scope);
        }
        if (conditional.otherwise() != null) {
            return value(conditional.otherwise(), scope);
        }
        return new Undefined("the inline if-expression on line " + conditional.line()
                + " evaluated to false and no else section was defined.");
    }

    /** Calls; {@code caller} is the body of a {@code call} block, if the call is that of one. */
    @Nullable
    Object call(Expr.Call call, Scope scope, @Nullable Macro caller) {
        Object callee = value(call.callee(), scope);
        Arguments arguments = arguments(call.arguments(), scope, caller);
        interpreter.at(call.line());
        if (callee instanceof Invocable invocable) {
            return invocable.call(interpreter, arguments);
        }
        throw callee instanceof Undefined undefined
                ? undefined.fault()
                : new Fault("'" + Values.type(callee) + "' object is not callable");
    }

    /** Applies a filter; {@code text} stands for the value of a block's filter. */
    @Nullable
    Object filter(Expr.FilterUse filter, Scope scope, @Nullable String text) {
        Object value;
        if (filter.value() == null) {
            value = text;
        } else if (filter.value() instanceof Expr.FilterUse inner && text != null) {
            value = filter(inner, scope, text);
        } else {
            value = value(filter.value(), scope);
        }
        Arguments arguments = arguments(filter.arguments(), scope, null);
        interpreter.at(filter.line());
        return Filters.apply(interpreter, filter.name(), value, arguments);
    }

    private Arguments arguments(CallArguments arguments, Scope scope, @Nullable Macro caller) {
        if (arguments.isEmpty() && caller == null) {
            return Arguments.NONE;
        }
        List<@Nullable Object> positional = items(arguments.positional(), scope);
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        for (int i = 0; i < arguments.names().size(); i++) {
            named.put(arguments.names().get(i), value(arguments.named().get(i), scope));
        }
        if (caller != null) {
            named.put("caller", caller);
        }
        if (arguments.spread() != null) {
            Iterator<? extends @Nullable Object> items = Values.iterate(value(arguments.spread(), scope));
            while (items.hasNext()) {
                positional.add(items.next());
                budget.elements(1);
            }
        }
        if (arguments.spreadNamed() != null) {
            Object map = value(arguments.spreadNamed(), scope);
            if (!(map instanceof Map<?, ?> values)) {
                throw new Fault("argument after ** must be a mapping, not " + Values.type(map));
            }
            budget.elements(values.size());
            for (Map.Entry<?, ?> entry : values.entrySet()) {
                String name = Values.text(entry.getKey(), "a keyword");
                if (named.containsKey(name)) {
                    throw new Fault("got multiple values for keyword argument '" + name + "'");
                }
                named.put(name, entry.getValue());
            }
        }
        return new Arguments(positional, named);
    }
}
