package dev.jerboa.engine.constrain;

import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.schema.SchemaCompiler;
import dev.jerboa.engine.constrain.schema.SchemaOptions;
import dev.jerboa.engine.constrain.vocabulary.Vocabulary;
import dev.jerboa.model.token.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The constraints of one tokenizer, compiled once for each source; the latest used are kept. Reading the vocabulary takes part of a
 * second, so there is one of these for a model. Safe for use by several threads.
 */
public final class Constraints {
    private static final int KEPT = 64;

    private final Vocabulary vocabulary;
    private final Map<Key, Constraint> cache;

    private record Key(String kind, String source) {}

    public Constraints(Tokenizer tokenizer) {
        this(Vocabulary.of(tokenizer), KEPT);
    }

    /** @param kept how many constraints are kept, each with up to a few tens of megabytes of what its matchers found out */
    public Constraints(Vocabulary vocabulary, int kept) {
        this.vocabulary = vocabulary;
        this.cache = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, Constraint> eldest) {
                return size() > kept;
            }
        };
    }

    /** Any JSON object. */
    public Constraint jsonObject() {
        return cached("json", "object", Grammar::jsonObject);
    }

    /** Any JSON value. */
    public Constraint json() {
        return cached("json", "value", Grammar::json);
    }

    /** JSON that is valid by a schema, given as text. */
    public Constraint jsonSchema(String schema, SchemaOptions options) {
        return cached("schema " + options, schema, () -> Grammar.jsonSchema(schema, options));
    }

    /** JSON that is valid by a schema, given as plain values; the order of its properties matters. */
    public Constraint jsonSchema(Map<String, ? extends @Nullable Object> schema, SchemaOptions options) {
        return cached("schema " + options, SchemaCompiler.text(schema), () -> Grammar.jsonSchema(schema, options));
    }

    /** Texts that a regular expression matches from beginning to end. */
    public Constraint regex(String pattern) {
        return cached("regex", pattern, () -> Grammar.regex(pattern));
    }

    /** Texts of a grammar in llama.cpp's format. */
    public Constraint gbnf(String source) {
        return cached("gbnf", source, () -> Grammar.gbnf(source));
    }

    /** One of these texts. */
    public Constraint choice(List<String> texts) {
        StringBuilder key = new StringBuilder();
        texts.forEach(text -> key.append(text.length()).append(':').append(text));
        return cached("choice", key.toString(), () -> Grammar.choice(texts));
    }

    /**
     * The constraint kept under a key, made where there is none.
     *
     * @param key says all that the expression depends on
     */
    public Constraint cached(String key, Supplier<Expression> expression) {
        return cached("expression", key, expression);
    }

    /**
     * A constraint that is not kept here.
     *
     * @throws ConstraintException where no text satisfies it, it is left-recursive, or beyond the limits; where the vocabulary lacks
     *     bytes that it needs
     */
    public Constraint compile(Expression expression) {
        return new Constraint(expression, vocabulary);
    }

    /** Compiling is outside of the lock: two may do it at the same time, and the first is kept. */
    private Constraint cached(String kind, String source, Supplier<Expression> expression) {
        Key key = new Key(kind, source);
        synchronized (cache) {
            Constraint known = cache.get(key);
            if (known != null) {
                return known;
            }
        }
        Constraint fresh = compile(expression.get());
        synchronized (cache) {
            Constraint first = cache.putIfAbsent(key, fresh);
            return first != null ? first : fresh;
        }
    }
}
