package dev.jerboa.model.template;

import dev.jerboa.model.template.Statement.MacroBody;
import dev.jerboa.model.template.Statement.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses the statements of a template. */
final class Parser {
    private static final Set<String> REFUSED =
            Set.of("include", "import", "from", "extends", "block", "autoescape", "do");
    private static final Set<String> CONSTANTS = Set.of("true", "false", "none", "True", "False", "None");

    private final TokenCursor cursor;
    private final ExpressionParser expressions;
    /** Loops around the current statement within the current macro. */
    private int loops;
    /** Loops around the current statement, over all macros. */
    private int enclosingLoops;

    private Parser(TokenCursor cursor) {
        this.cursor = cursor;
        this.expressions = new ExpressionParser(cursor);
    }

    static List<Statement> parse(String template, List<Token> tokens, int nestingLimit) {
        return new Parser(new TokenCursor(template, tokens, nestingLimit)).statements(List.of());
    }

    /** Statements up to one of the given tags, whose name is then the current token, or up to the end. */
    private List<Statement> statements(List<String> ends) {
        cursor.enter();
        List<Statement> body = new ArrayList<>();
        while (!cursor.at(Token.Kind.END)) {
            Token token = cursor.next();
            switch (token.kind()) {
                case DATA -> body.add(new Statement.Data(token.text(), token.line()));
                case VARIABLE_BEGIN -> {
                    body.add(new Statement.Print(expressions.tuple(true), token.line()));
                    cursor.expect(Token.Kind.VARIABLE_END);
                }
                default -> {
                    if (cursor.at(Token.Kind.NAME)
                            && ends.contains(cursor.current().text())) {
                        cursor.leave();
                        return List.copyOf(body);
                    }
                    statement(body, ends);
                    cursor.expect(Token.Kind.BLOCK_END);
                }
            }
        }
        if (!ends.isEmpty()) {
            throw cursor.error("unexpected end of template, expected '" + String.join("' or '", ends) + "'");
        }
        cursor.leave();
        return List.copyOf(body);
    }

    /** The rest of a tag, then its body up to one of the given tags. */
    private List<Statement> body(String... ends) {
        cursor.skipOperator(":");
        cursor.expect(Token.Kind.BLOCK_END);
        return statements(List.of(ends));
    }

    private List<Statement> bodyToEnd(String end) {
        List<Statement> body = body(end);
        cursor.next();
        return body;
    }

    private void statement(List<Statement> out, List<String> ends) {
        Token tag = cursor.expect(Token.Kind.NAME);
        int line = tag.line();
        switch (tag.text()) {
            case "if" -> out.add(ifStatement(line));
            case "for" -> out.add(forStatement(line));
            case "set" -> out.add(setStatement(line));
            case "macro" -> out.add(macro(line));
            case "call" -> out.add(callBlock(line));
            case "filter" -> {
                Expr.FilterUse filter = expressions.blockFilter();
                out.add(new Statement.FilterBlock(filter, bodyToEnd("endfilter"), new ScopePlan(), line));
            }
            case "with" -> out.add(with(line));
            case "generation" -> {
                MacroBody body = macroBody(List.of(), List.of(), "endgeneration");
                out.add(new Statement.Generation(body, line));
            }
            case "print" -> print(out);
            case "break", "continue" -> {
                if (loops == 0) {
                    throw cursor.error("'" + tag.text() + "' outside of a loop", line);
                }
                out.add(new Statement.LoopControl(tag.text().equals("break"), line));
            }
            default -> throw unknown(tag, ends);
        }
    }

    private TemplateException unknown(Token tag, List<String> ends) {
        if (REFUSED.contains(tag.text())) {
            return cursor.error("the tag '" + tag.text() + "' is not supported in chat templates", tag.line());
        }
        String wanted = ends.isEmpty() ? "" : "; expected '" + String.join("' or '", ends) + "' to close an open tag";
        return cursor.error("unknown tag '" + tag.text() + "'" + wanted, tag.line());
    }

    private void print(List<Statement> out) {
        boolean first = true;
        while (!cursor.at(Token.Kind.BLOCK_END)) {
            if (!first) {
                cursor.expectOperator(",");
            }
            first = false;
            int line = cursor.line();
            out.add(new Statement.Print(expressions.expression(), line));
        }
    }

    private Statement.If ifStatement(int line) {
        Expr test = expressions.tuple(false);
        List<Statement> body = body("elif", "else", "endif");
        List<Statement.If> elifs = new ArrayList<>();
        List<Statement> otherwise = List.of();
        while (true) {
            Token tag = cursor.next();
            if (tag.isName("elif")) {
                Expr elifTest = expressions.tuple(false);
                List<Statement> elifBody = body("elif", "else", "endif");
                elifs.add(new Statement.If(elifTest, elifBody, List.of(), List.of(), tag.line()));
                continue;
            }
            if (tag.isName("else")) {
                otherwise = bodyToEnd("endif");
            }
            return new Statement.If(test, body, List.copyOf(elifs), otherwise, line);
        }
    }

    private Statement forStatement(int line) {
        Target target = target(false);
        cursor.expectName("in");
        Expr iterable = expressions.tuple(false);
        Expr test = cursor.skipName("if") ? expressions.expression() : null;
        boolean recursive = cursor.skipName("recursive");
        if (stores(target, "loop")) {
            throw cursor.error("'loop' can not be assigned in a loop", line);
        }
        int outer = loops;
        loops = recursive ? 1 : loops + 1;
        enclosingLoops++;
        List<Statement> body = body("else", "endfor");
        loops = recursive ? 0 : outer;
        List<Statement> otherwise = List.of();
        if (cursor.next().isName("else")) {
            otherwise = bodyToEnd("endfor");
        }
        loops = outer;
        enclosingLoops--;
        return new Statement.For(
                target,
                iterable,
                test,
                recursive,
                body,
                otherwise,
                new ScopePlan(),
                new ScopePlan(),
                new ScopePlan(),
                line);
    }

    private Statement setStatement(int line) {
        Target target = target(true);
        if (enclosingLoops > 0 && stores(target, "loop")) {
            throw cursor.error("'loop' can not be assigned in a loop", line);
        }
        if (cursor.skipOperator("=")) {
            return new Statement.Assign(target, expressions.tuple(true), line);
        }
        Expr.FilterUse filter = cursor.skipOperator("|") ? expressions.blockFilter() : null;
        return new Statement.AssignBlock(target, filter, bodyToEnd("endset"), new ScopePlan(), line);
    }

    private static boolean stores(Target target, String name) {
        return switch (target) {
            case Target.ToName to -> to.name().equals(name);
            case Target.ToTuple to -> to.items().stream().anyMatch(item -> stores(item, name));
            case Target.ToNamespace to -> false;
        };
    }

    private Statement macro(int line) {
        String name = cursor.expectAnyName();
        if (CONSTANTS.contains(name)) {
            throw cursor.error("a macro can not be named '" + name + "'", line);
        }
        List<String> parameters = new ArrayList<>();
        List<Expr> defaults = new ArrayList<>();
        signature(parameters, defaults);
        MacroBody body = macroBody(parameters, defaults, "endmacro");
        return new Statement.MacroDefinition(name, body, line);
    }

    private Statement callBlock(int line) {
        List<String> parameters = new ArrayList<>();
        List<Expr> defaults = new ArrayList<>();
        if (cursor.atOperator("(")) {
            signature(parameters, defaults);
        }
        if (!(expressions.expression() instanceof Expr.Call call)) {
            throw cursor.error("expected a call", line);
        }
        return new Statement.CallBlock(call, macroBody(parameters, defaults, "endcall"), line);
    }

    private void signature(List<String> parameters, List<Expr> defaults) {
        cursor.expectOperator("(");
        while (!cursor.atOperator(")")) {
            if (!parameters.isEmpty()) {
                cursor.expectOperator(",");
            }
            String name = cursor.expectAnyName();
            if (CONSTANTS.contains(name) || parameters.contains(name)) {
                throw cursor.error("'" + name + "' can not be used as a parameter here");
            }
            parameters.add(name);
            if (cursor.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw cursor.error("a parameter without default follows one with a default");
            }
        }
        cursor.expectOperator(")");
    }

    private MacroBody macroBody(List<String> parameters, List<Expr> defaults, String end) {
        int outer = loops;
        loops = 0;
        List<Statement> body = bodyToEnd(end);
        loops = outer;
        return new MacroBody(List.copyOf(parameters), List.copyOf(defaults), body, new ScopePlan());
    }

    private Statement with(int line) {
        List<Target> targets = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!cursor.at(Token.Kind.BLOCK_END)) {
            if (!targets.isEmpty()) {
                cursor.expectOperator(",");
            }
            targets.add(target(false));
            cursor.expectOperator("=");
            values.add(expressions.expression());
        }
        List<Statement> body = bodyToEnd("endwith");
        return new Statement.With(List.copyOf(targets), List.copyOf(values), body, new ScopePlan(), line);
    }

    /** What is assigned to: a name, {@code namespace.attribute} where allowed, or a tuple of them. */
    private Target target(boolean withNamespace) {
        List<Target> items = new ArrayList<>();
        boolean isTuple = false;
        while (true) {
            if (!items.isEmpty()) {
                cursor.expectOperator(",");
            }
            if (expressions.atTupleEnd()) {
                break;
            }
            items.add(singleTarget(withNamespace));
            if (!cursor.atOperator(",")) {
                break;
            }
            isTuple = true;
        }
        if (isTuple) {
            return new Target.ToTuple(List.copyOf(items));
        }
        if (items.isEmpty()) {
            throw cursor.expected("a name to assign to");
        }
        return items.getFirst();
    }

    private Target singleTarget(boolean withNamespace) {
        if (cursor.skipOperator("(")) {
            cursor.enter();
            Target inside = cursor.atOperator(")") ? new Target.ToTuple(List.of()) : target(false);
            cursor.leave();
            cursor.expectOperator(")");
            return inside;
        }
        Token token = cursor.current();
        if (token.kind() != Token.Kind.NAME || CONSTANTS.contains(token.text())) {
            throw cursor.error("can't assign to " + token.words());
        }
        cursor.next();
        if (withNamespace && cursor.skipOperator(".")) {
            return new Target.ToNamespace(token.text(), cursor.expectAnyName());
        }
        return new Target.ToName(token.text());
    }
}
