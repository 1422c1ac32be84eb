package dev.jerboa.model.template;

import dev.jerboa.model.template.Expr.CallArguments;
import dev.jerboa.model.template.Expr.Comparator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses expressions with Jinja's precedence, weakest first: {@code if else}, {@code or}, {@code and}, {@code not},
 * comparisons, {@code + -}, {@code ~}, {@code * / // %}, {@code **}, signs, then subscripts, calls, filters and tests.
 */
final class ExpressionParser {
    private final TokenCursor cursor;
    /** Height of the tree that was parsed last: trees grow to the left without nesting of the parser. */
    private int height;

    ExpressionParser(TokenCursor cursor) {
        this.cursor = cursor;
    }

    Expr expression() {
        return expression(true);
    }

    private Expr expression(boolean withConditional) {
        cursor.enter();
        Expr expr = withConditional ? conditional() : or();
        cursor.leave();
        return expr;
    }

    /** An expression, or a tuple without parentheses; it ends at a tag's end. */
    Expr tuple(boolean withConditional) {
        return tuple(withConditional, false);
    }

    private Expr tuple(boolean withConditional, boolean parenthesized) {
        int line = cursor.line();
        List<Expr> items = new ArrayList<>();
        boolean isTuple = false;
        int tallest = 0;
        while (true) {
            if (!items.isEmpty()) {
                cursor.expectOperator(",");
            }
            if (atTupleEnd()) {
                break;
            }
            items.add(expression(withConditional));
            tallest = Math.max(tallest, height);
            if (!cursor.atOperator(",")) {
                break;
            }
            isTuple = true;
        }
        if (!isTuple && !items.isEmpty()) {
            return items.getFirst();
        }
        if (!isTuple && !parenthesized) {
            throw cursor.expected("an expression");
        }
        height = cursor.above(tallest);
        return new Expr.TupleOf(List.copyOf(items), line);
    }

    boolean atTupleEnd() {
        return cursor.at(Token.Kind.VARIABLE_END) || cursor.at(Token.Kind.BLOCK_END) || cursor.atOperator(")");
    }

    private Expr conditional() {
        int line = cursor.line();
        Expr then = or();
        int tallest = height;
        while (cursor.skipName("if")) {
            Expr test = or();
            tallest = Math.max(tallest, height);
            Expr otherwise = null;
            if (cursor.skipName("else")) {
                cursor.enter();
                otherwise = conditional();
                cursor.leave();
                tallest = Math.max(tallest, height);
            }
            tallest = cursor.above(tallest);
            then = new Expr.Conditional(test, then, otherwise, line);
            line = cursor.line();
        }
        height = tallest;
        return then;
    }

    private Expr or() {
        Expr left = and();
        int tallest = height;
        for (int line = cursor.line(); cursor.skipName("or"); line = cursor.line()) {
            Expr right = and();
            tallest = cursor.above(Math.max(tallest, height));
            left = new Expr.Logical(false, left, right, line);
        }
        height = tallest;
        return left;
    }

    private Expr and() {
        Expr left = not();
        int tallest = height;
        for (int line = cursor.line(); cursor.skipName("and"); line = cursor.line()) {
            Expr right = not();
            tallest = cursor.above(Math.max(tallest, height));
            left = new Expr.Logical(true, left, right, line);
        }
        height = tallest;
        return left;
    }

    private Expr not() {
        if (!cursor.atName("not")) {
            return compare();
        }
        int line = cursor.next().line();
        cursor.enter();
        Expr operand = not();
        cursor.leave();
        height = cursor.above(height);
        return new Expr.Not(operand, line);
    }

    private Expr compare() {
        int line = cursor.line();
        Expr first = sum();
        int tallest = height;
        List<Expr.Comparison> rest = new ArrayList<>();
        for (Comparator operator = comparator(); operator != null; operator = comparator()) {
            Expr operand = sum();
            tallest = Math.max(tallest, height);
            rest.add(new Expr.Comparison(operator, operand));
        }
        height = rest.isEmpty() ? tallest : cursor.above(tallest);
        return rest.isEmpty() ? first : new Expr.Compare(first, List.copyOf(rest), line);
    }

    private @Nullable Comparator comparator() {
        Token token = cursor.current();
        Comparator operator = null;
        if (token.kind() == Token.Kind.OPERATOR) {
            operator = switch (token.text()) {
                case "==" -> Comparator.EQ;
                case "!=" -> Comparator.NE;
                case "<" -> Comparator.LT;
                case "<=" -> Comparator.LE;
                case ">" -> Comparator.GT;
                case ">=" -> Comparator.GE;
                default -> null;
            };
        } else if (token.isName("in")) {
            operator = Comparator.IN;
        } else if (token.isName("not") && cursor.following().isName("in")) {
            cursor.next();
            operator = Comparator.NOT_IN;
        }
        if (operator != null) {
            cursor.next();
        }
        return operator;
    }

    private Expr sum() {
        Expr left = concat();
        int tallest = height;
        while (cursor.atOperator("+") || cursor.atOperator("-")) {
            Token operator = cursor.next();
            Expr right = concat();
            tallest = cursor.above(Math.max(tallest, height));
            left = new Expr.Binary(Arithmetic.Operator.of(operator.text()), left, right, operator.line());
        }
        height = tallest;
        return left;
    }

    private Expr concat() {
        int line = cursor.line();
        Expr first = product();
        if (!cursor.atOperator("~")) {
            return first;
        }
        int tallest = height;
        List<Expr> parts = new ArrayList<>();
        parts.add(first);
        while (cursor.skipOperator("~")) {
            parts.add(product());
            tallest = Math.max(tallest, height);
        }
        height = cursor.above(tallest);
        return new Expr.Concat(List.copyOf(parts), line);
    }

    private Expr product() {
        Expr left = power();
        int tallest = height;
        while (cursor.atOperator("*") || cursor.atOperator("/") || cursor.atOperator("//") || cursor.atOperator("%")) {
            Token operator = cursor.next();
            Expr right = power();
            tallest = cursor.above(Math.max(tallest, height));
            left = new Expr.Binary(Arithmetic.Operator.of(operator.text()), left, right, operator.line());
        }
        height = tallest;
        return left;
    }

    private Expr power() {
        Expr left = unary(true);
        int tallest = height;
        while (cursor.atOperator("**")) {
            Token operator = cursor.next();
            Expr right = unary(true);
            tallest = cursor.above(Math.max(tallest, height));
            left = new Expr.Binary(Arithmetic.Operator.POWER, left, right, operator.line());
        }
        height = tallest;
        return left;
    }

    private Expr unary(boolean withFilters) {
        Expr expr;
        if (cursor.atOperator("-") || cursor.atOperator("+")) {
            Token sign = cursor.next();
            cursor.enter();
            Expr operand = unary(false);
            cursor.leave();
            height = cursor.above(height);
            expr = new Expr.Signed(sign.text().charAt(0), operand, sign.line());
        } else {
            expr = primary();
        }
        expr = postfix(expr);
        return withFilters ? filtersAndTests(expr) : expr;
    }

    private Expr primary() {
        Token token = cursor.current();
        height = 1;
        switch (token.kind()) {
            case NAME -> {
                cursor.next();
                return switch (token.text()) {
                    case "true", "True" -> new Expr.Literal(true, token.line());
                    case "false", "False" -> new Expr.Literal(false, token.line());
                    case "none", "None" -> new Expr.Literal(null, token.line());
                    default -> new Expr.Name(token.text(), token.line());
                };
            }
            case STRING -> {
                StringBuilder text = new StringBuilder();
                while (cursor.at(Token.Kind.STRING)) {
                    text.append(cursor.next().text());
                }
                return new Expr.Literal(text.toString(), token.line());
            }
            case INTEGER, FLOAT -> {
                cursor.next();
                return new Expr.Literal(token.number(), token.line());
            }
            case OPERATOR -> {
                switch (token.text()) {
                    case "(" -> {
                        cursor.next();
                        Expr inside = tuple(true, true);
                        cursor.expectOperator(")");
                        return inside;
                    }
                    case "[" -> {
                        return list();
                    }
                    case "{" -> {
                        return dict();
                    }
                    default -> {}
                }
            }
            default -> {}
        }
        throw cursor.error("unexpected " + token.words());
    }

    private Expr list() {
        int line = cursor.next().line();
        List<Expr> items = new ArrayList<>();
        int tallest = 0;
        while (!cursor.atOperator("]")) {
            if (!items.isEmpty()) {
                cursor.expectOperator(",");
                if (cursor.atOperator("]")) {
                    break;
                }
            }
            items.add(expression());
            tallest = Math.max(tallest, height);
        }
        cursor.expectOperator("]");
        height = cursor.above(tallest);
        return new Expr.ListOf(List.copyOf(items), line);
    }

    private Expr dict() {
        int line = cursor.next().line();
        List<Expr> keys = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        int tallest = 0;
        while (!cursor.atOperator("}")) {
            if (!keys.isEmpty()) {
                cursor.expectOperator(",");
                if (cursor.atOperator("}")) {
                    break;
                }
            }
            keys.add(expression());
            tallest = Math.max(tallest, height);
            cursor.expectOperator(":");
            values.add(expression());
            tallest = Math.max(tallest, height);
        }
        cursor.expectOperator("}");
        height = cursor.above(tallest);
        return new Expr.DictOf(List.copyOf(keys), List.copyOf(values), line);
    }

    private Expr postfix(Expr start) {
        Expr expr = start;
        while (true) {
            if (cursor.atOperator(".") || cursor.atOperator("[")) {
                expr = subscript(expr);
            } else if (cursor.atOperator("(")) {
                expr = call(expr);
            } else {
                return expr;
            }
        }
    }

    private Expr filtersAndTests(Expr start) {
        Expr expr = start;
        while (true) {
            if (cursor.atOperator("|")) {
                expr = filter(expr);
            } else if (cursor.atName("is")) {
                expr = test(expr);
            } else if (cursor.atOperator("(")) {
                expr = call(expr);
            } else {
                return expr;
            }
        }
    }

    private Expr subscript(Expr object) {
        Token open = cursor.next();
        int below = height;
        if (open.text().equals(".")) {
            height = cursor.above(below);
            Token name = cursor.next();
            if (name.kind() == Token.Kind.NAME) {
                return new Expr.Attribute(object, name.text(), open.line());
            }
            if (name.kind() == Token.Kind.INTEGER) {
                return new Expr.Item(object, new Expr.Literal(name.number(), name.line()), open.line());
            }
            throw cursor.error("expected a name or a number after '.', found " + name.words(), name.line());
        }
        if (cursor.skipOperator("]")) {
            height = cursor.above(below);
            return new Expr.Item(object, new Expr.TupleOf(List.of(), open.line()), open.line());
        }
        Expr start = cursor.atOperator(":") ? null : expression();
        int tallest = start == null ? below : Math.max(below, height);
        if (start != null && !cursor.atOperator(":")) {
            return item(object, start, tallest, open.line());
        }
        @Nullable Expr[] bounds = new Expr[2];
        for (int i = 0; i < bounds.length && cursor.skipOperator(":"); i++) {
            if (!cursor.atOperator(":") && !cursor.atOperator("]")) {
                bounds[i] = expression();
                tallest = Math.max(tallest, height);
            }
        }
        cursor.expectOperator("]");
        height = cursor.above(tallest);
        return new Expr.Slice(object, start, bounds[0], bounds[1], open.line());
    }

    /** {@code [key]}, or {@code [a, b]} whose key is a tuple. */
    private Expr item(Expr object, Expr first, int below, int line) {
        List<Expr> keys = new ArrayList<>();
        keys.add(first);
        int tallest = below;
        while (!cursor.atOperator("]")) {
            cursor.expectOperator(",");
            keys.add(expression());
            tallest = Math.max(tallest, height);
        }
        cursor.expectOperator("]");
        height = cursor.above(cursor.above(tallest));
        Expr key = keys.size() == 1 ? first : new Expr.TupleOf(List.copyOf(keys), line);
        return new Expr.Item(object, key, line);
    }

    private Expr.Call call(Expr callee) {
        int line = cursor.line();
        CallArguments arguments = arguments();
        return new Expr.Call(callee, arguments, line);
    }

    /** Arguments in parentheses; on return the height is that of the call. */
    private CallArguments arguments() {
        int line = cursor.line();
        int tallest = height;
        cursor.expectOperator("(");
        List<Expr> positional = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<Expr> named = new ArrayList<>();
        Expr spread = null;
        Expr spreadNamed = null;
        boolean first = true;
        while (!cursor.atOperator(")")) {
            if (!first) {
                cursor.expectOperator(",");
                if (cursor.atOperator(")")) {
                    break;
                }
            }
            first = false;
            if (cursor.atOperator("*") && spread == null && spreadNamed == null) {
                cursor.next();
                spread = expression();
            } else if (cursor.atOperator("**") && spreadNamed == null) {
                cursor.next();
                spreadNamed = expression();
            } else if (cursor.at(Token.Kind.NAME) && cursor.following().isOperator("=") && spreadNamed == null) {
                String name = cursor.next().text();
                cursor.next();
                if (names.contains(name)) {
                    throw cursor.error("the keyword argument '" + name + "' is given twice");
                }
                names.add(name);
                named.add(expression());
            } else if (spread == null && spreadNamed == null && named.isEmpty()) {
                positional.add(expression());
            } else {
                throw cursor.error("the order of the arguments of a call is not valid", line);
            }
            tallest = Math.max(tallest, height);
        }
        cursor.expectOperator(")");
        height = cursor.above(tallest);
        return new CallArguments(List.copyOf(positional), List.copyOf(names), List.copyOf(named), spread, spreadNamed);
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(cursor.expectAnyName());
        while (cursor.skipOperator(".")) {
            name.append('.').append(cursor.expectAnyName());
        }
        return name.toString();
    }

    private Expr.FilterUse filter(@Nullable Expr value) {
        cursor.expectOperator("|");
        return filterUse(value);
    }

    private Expr.FilterUse filterUse(@Nullable Expr value) {
        int line = cursor.line();
        String name = dottedName();
        CallArguments arguments = CallArguments.NONE;
        if (cursor.atOperator("(")) {
            arguments = arguments();
        } else {
            height = cursor.above(height);
        }
        return new Expr.FilterUse(value, name, arguments, line);
    }

    /** The filters of a {@code filter} or {@code set} block: {@code name|name|…}, the first one without a bar. */
    Expr.FilterUse blockFilter() {
        height = 0;
        Expr.FilterUse filter = filterUse(null);
        while (cursor.atOperator("|")) {
            filter = filter(filter);
        }
        return filter;
    }

    private Expr test(Expr value) {
        int line = cursor.next().line();
        boolean negated = cursor.skipName("not");
        String name = dottedName();
        CallArguments arguments = CallArguments.NONE;
        if (cursor.atOperator("(")) {
            arguments = arguments();
        } else if (atTestArgument()) {
            if (cursor.atName("is")) {
                throw cursor.error("tests can not be chained with 'is'");
            }
            int below = height;
            cursor.enter();
            Expr argument = postfix(primary());
            cursor.leave();
            height = cursor.above(Math.max(below, height));
            arguments = new CallArguments(List.of(argument), List.of(), List.of(), null, null);
        } else {
            height = cursor.above(height);
        }
        Expr test = new Expr.TestUse(value, name, arguments, line);
        if (negated) {
            height = cursor.above(height);
            return new Expr.Not(test, line);
        }
        return test;
    }

    private boolean atTestArgument() {
        return switch (cursor.current().kind()) {
            case NAME -> !cursor.atName("else") && !cursor.atName("or") && !cursor.atName("and");
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> cursor.atOperator("[") || cursor.atOperator("{");
            default -> false;
        };
    }
}
