package dev.jerboa.model.template;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An expression of a template. */
sealed interface Expr {
    /** The line in the source, from 1. */
    int line();

    record Literal(@Nullable Object value, int line) implements Expr {}

    record Name(String name, int line) implements Expr {}

    record TupleOf(List<Expr> items, int line) implements Expr {}

    record ListOf(List<Expr> items, int line) implements Expr {}

    record DictOf(List<Expr> keys, List<Expr> values, int line) implements Expr {}

    /** {@code +x} or {@code -x}. */
    record Signed(char sign, Expr operand, int line) implements Expr {}

    record Not(Expr operand, int line) implements Expr {}

    record Binary(Arithmetic.Operator operator, Expr left, Expr right, int line) implements Expr {}

    /** {@code and} or {@code or}: the value is that of one operand. */
    record Logical(boolean and, Expr left, Expr right, int line) implements Expr {}

    /** {@code a ~ b ~ c}. */
    record Concat(List<Expr> parts, int line) implements Expr {}

    /** {@code first op operand op operand …}, chained as in Python. */
    record Compare(Expr first, List<Comparison> rest, int line) implements Expr {}

    record Comparison(Comparator operator, Expr operand) {}

    enum Comparator {
        EQ,
        NE,
        LT,
        LE,
        GT,
        GE,
        IN,
        NOT_IN
    }

    record Conditional(Expr test, Expr then, @Nullable Expr otherwise, int line) implements Expr {}

    record Attribute(Expr object, String name, int line) implements Expr {}

    record Item(Expr object, Expr key, int line) implements Expr {}

    record Slice(
            Expr object,
            @Nullable Expr start,
            @Nullable Expr stop,
            @Nullable Expr step,
            int line) implements Expr {}

    record Call(Expr callee, CallArguments arguments, int line) implements Expr {}

    /** {@code value|name(arguments)}; the value is absent where a block supplies it. */
    record FilterUse(@Nullable Expr value, String name, CallArguments arguments, int line) implements Expr {}

    record TestUse(Expr value, String name, CallArguments arguments, int line) implements Expr {}

    /** {@code (positional, name=value, *spread, **spreadNamed)}. */
    record CallArguments(
            List<Expr> positional,
            List<String> names,
            List<Expr> named,
            @Nullable Expr spread,
            @Nullable Expr spreadNamed) {
        static final CallArguments NONE = new CallArguments(List.of(), List.of(), List.of(), null, null);

        boolean isEmpty() {
            return positional.isEmpty() && named.isEmpty() && spread == null && spreadNamed == null;
        }

        void forEach(Consumer<Expr> visitor) {
            positional.forEach(visitor);
            named.forEach(visitor);
            accept(spread, visitor);
            accept(spreadNamed, visitor);
        }
    }

    /** Visits the direct parts of an expression in the order of the source. */
    default void forEachChild(Consumer<Expr> visitor) {
        switch (this) {
            case Literal literal -> {}
            case Name name -> {}
            case TupleOf tuple -> tuple.items().forEach(visitor);
            case ListOf list -> list.items().forEach(visitor);
            case DictOf dict -> {
                for (int i = 0; i < dict.keys().size(); i++) {
                    visitor.accept(dict.keys().get(i));
                    visitor.accept(dict.values().get(i));
                }
            }
            case Signed signed -> visitor.accept(signed.operand());
            case Not not -> visitor.accept(not.operand());
            case Binary binary -> {
                visitor.accept(binary.left());
                visitor.accept(binary.right());
            }
            case Logical logical -> {
                visitor.accept(logical.left());
                visitor.accept(logical.right());
            }
            case Concat concat -> concat.parts().forEach(visitor);
            case Compare compare -> {
                visitor.accept(compare.first());
                compare.rest().forEach(comparison -> visitor.accept(comparison.operand()));
            }
            case Conditional conditional -> {
                visitor.accept(conditional.test());
                visitor.accept(conditional.then());
                accept(conditional.otherwise(), visitor);
            }
            case Attribute attribute -> visitor.accept(attribute.object());
            case Item item -> {
                visitor.accept(item.object());
                visitor.accept(item.key());
            }
            case Slice slice -> {
                visitor.accept(slice.object());
                accept(slice.start(), visitor);
                accept(slice.stop(), visitor);
                accept(slice.step(), visitor);
            }
            case Call call -> {
                visitor.accept(call.callee());
                call.arguments().forEach(visitor);
            }
            case FilterUse filter -> {
                accept(filter.value(), visitor);
                filter.arguments().forEach(visitor);
            }
            case TestUse test -> {
                visitor.accept(test.value());
                test.arguments().forEach(visitor);
            }
        }
    }

    private static void accept(@Nullable Expr expr, Consumer<Expr> visitor) {
        if (expr != null) {
            visitor.accept(expr);
        }
    }
}
