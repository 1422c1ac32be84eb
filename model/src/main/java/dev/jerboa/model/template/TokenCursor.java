package dev.jerboa.model.template;

import java.util.List;

/** The place in a template's tokens up to which a parser has read, and how deep it is nested. */
final class TokenCursor {
    final String template;
    private final List<Token> tokens;
    private final int nestingLimit;
    private int at;
    private int nesting;

    TokenCursor(String template, List<Token> tokens, int nestingLimit) {
        this.template = template;
        this.tokens = tokens;
        this.nestingLimit = nestingLimit;
    }

    Token current() {
        return tokens.get(at);
    }

    Token following() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    int line() {
        return current().line();
    }

    boolean at(Token.Kind kind) {
        return current().kind() == kind;
    }

    boolean atOperator(String operator) {
        return current().isOperator(operator);
    }

    boolean atName(String name) {
        return current().isName(name);
    }

    /** Returns the current token and moves past it; the end is never passed. */
    Token next() {
        Token token = current();
        if (at < tokens.size() - 1) {
            at++;
        }
        return token;
    }

    boolean skipOperator(String operator) {
        boolean found = atOperator(operator);
        if (found) {
            next();
        }
        return found;
    }

    boolean skipName(String name) {
        boolean found = atName(name);
        if (found) {
            next();
        }
        return found;
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw expected("'" + operator + "'");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw expected("'" + name + "'");
        }
    }

    String expectAnyName() {
        return expect(Token.Kind.NAME).text();
    }

    Token expect(Token.Kind kind) {
        if (!at(kind)) {
            throw expected(kind == Token.Kind.NAME ? "a name" : "'" + kind.words + "'");
        }
        return next();
    }

    /** One level deeper; to be matched by {@link #leave}. */
    void enter() {
        if (++nesting > nestingLimit) {
            throw tooDeep();
        }
    }

    void leave() {
        nesting--;
    }

    /** The height of a tree node above children of the given height. */
    int above(int height) {
        if (height >= nestingLimit) {
            throw tooDeep();
        }
        return height + 1;
    }

    TemplateException expected(String what) {
        return error("expected " + what + ", found " + current().words());
    }

    TemplateException error(String reason) {
        return error(reason, line());
    }

    TemplateException error(String reason, int line) {
        return new TemplateException(template, line, reason);
    }

    private TemplateException tooDeep() {
        return error("nested deeper than the limit of " + nestingLimit);
    }
}
