package dev.jerboa.model.template;

import java.time.Clock;
import java.time.ZoneId;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A parsed chat template: messages, tools and flags in, the model's prompt out. Immutable and safe for use by many
 * threads. Source: the Jinja2 template language, as Hugging Face transformers' {@code apply_chat_template} uses it.
 */
public final class ChatTemplate {
    private final String name;
    private final List<Statement> body;
    private final ScopePlan scope;
    private final Set<String> variables;
    private final TemplateLimits limits;

    private ChatTemplate(String name, List<Statement> body, ScopePlan scope, TemplateLimits limits) {
        this.name = name;
        this.body = body;
        this.scope = scope;
        Set<String> free = new TreeSet<>(scope.free());
        free.removeAll(Globals.ALL.keySet());
        this.variables = Collections.unmodifiableSet(free);
        this.limits = limits;
    }

    /**
     * Parses a template within the default limits.
     *
     * @param name names the template in messages, such as the file it is from
     * @throws TemplateException if the source is not a template, or uses a tag, filter or test that does not exist
     */
    public static ChatTemplate parse(String source, String name) {
        return parse(source, name, TemplateLimits.DEFAULT);
    }

    /** {@link #parse(String, String)} within other limits, which also hold for every rendering. */
    public static ChatTemplate parse(String source, String name, TemplateLimits limits) {
        if (source.length() > limits.sourceChars()) {
            throw new TemplateException(
                    name,
                    1,
                    "the template has " + source.length() + " characters; the limit is " + limits.sourceChars());
        }
        try {
            List<Statement> body = Parser.parse(name, Lexer.tokens(name, source), limits.nesting());
            return new ChatTemplate(name, body, ScopePlanner.plan(name, body), limits);
        } catch (StackOverflowError e) {
            throw new TemplateException(name, 1, "the template is nested deeper than this thread's stack allows");
        }
    }

    /** The name given at {@link #parse}. */
    public String name() {
        return name;
    }

    /** The names of the variables that the template reads, such as {@code messages} and {@code enable_thinking}. */
    public Set<String> variables() {
        return variables;
    }

    /**
     * The text for the variables, at the system's time.
     *
     * @param variables {@code messages}, {@code tools}, {@code add_generation_prompt}, {@code bos_token} and whatever
     *     else the template reads: maps with string keys, lists, strings, numbers, booleans and nulls
     * @throws TemplateException if the template refuses the conversation ({@code raise_exception}), uses what does not
     *     exist, or exceeds a limit
     */
    public String render(Map<String, ?> variables) {
        return render(variables, Clock.system(ZoneId.systemDefault())).text();
    }

    /** {@link #render(Map)} at the clock's time, with the spans of {@code generation} blocks. */
    public Rendering render(Map<String, ?> variables, Clock clock) {
        return new Interpreter(name, limits, clock).run(body, scope, variables);
    }
}
