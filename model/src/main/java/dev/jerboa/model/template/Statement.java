package dev.jerboa.model.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement of a template. Each statement that opens a scope carries its {@link ScopePlan}. */
sealed interface Statement {
    /** The line in the source, from 1. */
    int line();

    record Data(String text, int line) implements Statement {}

    record Print(Expr value, int line) implements Statement {}

    /** {@code if}, with what its branches hold in the order of the source. */
    record If(Expr test, List<Statement> body, List<If> elifs, List<Statement> otherwise, int line)
            implements Statement {}

    record For(
            Target target,
            Expr iterable,
            @Nullable Expr test,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise,
            ScopePlan bodyScope,
            ScopePlan testScope,
            ScopePlan otherwiseScope,
            int line)
            implements Statement {}

    record Assign(Target target, Expr value, int line) implements Statement {}

    record AssignBlock(Target target, Expr.@Nullable FilterUse filter, List<Statement> body, ScopePlan scope, int line)
            implements Statement {}

    record MacroDefinition(String name, MacroBody macro, int line) implements Statement {}

    record CallBlock(Expr.Call call, MacroBody caller, int line) implements Statement {}

    record FilterBlock(Expr.FilterUse filter, List<Statement> body, ScopePlan scope, int line) implements Statement {}

    record With(List<Target> targets, List<Expr> values, List<Statement> body, ScopePlan scope, int line)
            implements Statement {}

    /** A {@code generation} block: the part of the text that an assistant wrote. */
    record Generation(MacroBody body, int line) implements Statement {}

    record LoopControl(boolean isBreak, int line) implements Statement {}

    /** What an assignment assigns to. */
    sealed interface Target {
        record ToName(String name) implements Target {}

        record ToTuple(List<Target> items) implements Target {}

        record ToNamespace(String name, String attribute) implements Target {}
    }

    /** Parameters and body of a macro; {@code defaults} belong to the last parameters. */
    record MacroBody(List<String> parameters, List<Expr> defaults, List<Statement> body, ScopePlan scope) {}
}
