package dev.jerboa.gateway.dialect.translation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.anthropic.MessagesRequestReader;
import dev.jerboa.gateway.dialect.anthropic.MessagesRequestWriter;
import dev.jerboa.gateway.dialect.chat.ChatRequestReader;
import dev.jerboa.gateway.dialect.chat.ChatRequestWriter;
import dev.jerboa.gateway.dialect.conversation.AnswerForm;
import dev.jerboa.gateway.dialect.conversation.Calls;
import dev.jerboa.gateway.dialect.conversation.Content;
import dev.jerboa.gateway.dialect.conversation.Conversation;
import dev.jerboa.gateway.dialect.conversation.Message;
import dev.jerboa.gateway.dialect.conversation.Part;
import dev.jerboa.gateway.dialect.conversation.Setting;
import dev.jerboa.gateway.dialect.conversation.Thinking;
import dev.jerboa.gateway.dialect.conversation.Tool;
import dev.jerboa.gateway.dialect.conversation.ToolChoice;
import dev.jerboa.gateway.dialect.ollama.OllamaRequestReader;
import dev.jerboa.gateway.dialect.ollama.OllamaRequestWriter;
import dev.jerboa.gateway.dialect.responses.ResponsesRequestReader;
import dev.jerboa.gateway.dialect.responses.ResponsesRequestWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/**
 * Any conversation, written in one dialect, put into another and back, has the roles, texts, images, calls and results, in order and with
 * their ids, that it had; over all ordered pairs of dialects.
 */
class RoundTripTest {
    private static final RequestOptions OPTIONS = new RequestOptions("m", 4096, Set.of());
    private static final List<WireDialect> DIALECTS =
            List.of(WireDialect.OPENAI, WireDialect.RESPONSES, WireDialect.ANTHROPIC, WireDialect.OLLAMA);

    @Property(tries = 150)
    void thereAndBack(@ForAll("conversations") Conversation talk) {
        for (WireDialect a : DIALECTS) {
            Map<String, @Nullable Object> inA = write(a, talk);
            assertThat(form(read(a, inA), a, a)).as("%s alone", a).isEqualTo(form(talk, a, a));
            for (WireDialect b : DIALECTS) {
                if (a == b) {
                    continue;
                }
                byte[] inB = Talk.translation(form(a), b)
                        .request(Talk.request(form(a), inA), OPTIONS)
                        .body();
                byte[] back = Talk.translation(form(b), a)
                        .request(Talk.request(form(b), Talk.object(inB)), OPTIONS)
                        .body();
                assertThat(form(read(a, Talk.object(back)), a, b))
                        .as("%s → %s → %s: %s", a, b, a, Talk.text(inB))
                        .isEqualTo(form(talk, a, b));
            }
        }
    }

    private static ClientForm form(WireDialect dialect) {
        return switch (dialect) {
            case OPENAI -> ClientForm.CHAT;
            case RESPONSES -> ClientForm.RESPONSES;
            case ANTHROPIC -> ClientForm.MESSAGES;
            case OLLAMA, LOCAL -> ClientForm.OLLAMA_CHAT;
        };
    }

    private static Map<String, @Nullable Object> write(WireDialect dialect, Conversation talk) {
        return Talk.object(dev.jerboa.gateway.dialect.wire.Out.json(
                switch (dialect) {
                    case OPENAI -> ChatRequestWriter.write(talk, OPTIONS).body();
                    case RESPONSES ->
                        ResponsesRequestWriter.write(talk, OPTIONS).body();
                    case ANTHROPIC -> MessagesRequestWriter.write(talk, OPTIONS).body();
                    case OLLAMA, LOCAL ->
                        OllamaRequestWriter.write(talk, OPTIONS).body();
                }));
    }

    private static Conversation read(WireDialect dialect, Map<String, @Nullable Object> body) {
        return switch (dialect) {
            case OPENAI -> ChatRequestReader.read(body);
            case RESPONSES -> ResponsesRequestReader.read(body);
            case ANTHROPIC -> MessagesRequestReader.read(body);
            case OLLAMA, LOCAL -> OllamaRequestReader.chat(body);
        };
    }

    /** What must be kept, as text: of Ollama's texts all but where one ends and the next begins. */
    private static List<String> form(Conversation talk, WireDialect a, WireDialect b) {
        boolean ollama = a == WireDialect.OLLAMA || b == WireDialect.OLLAMA;
        List<String> lines = new ArrayList<>();
        for (Message message : talk.messages()) {
            StringBuilder text = new StringBuilder();
            List<String> others = new ArrayList<>();
            for (Part part : message.parts()) {
                switch (part) {
                    case Part.Text(String more, Object _) -> text.append(more);
                    case Part.Image(Content content, String _, Object _) -> others.add("image " + content);
                    case Part.Call(String id, String name, String arguments) ->
                        others.add("call " + id + " " + name + " " + Calls.object(arguments));
                    case Part.Result result ->
                        others.add("result of " + result.call() + ": " + squeezed(result.text(), ollama));
                    default -> {}
                }
            }
            lines.add(message.role() + ": " + squeezed(text.toString(), ollama));
            lines.addAll(others);
        }
        talk.tools()
                .forEach(tool -> lines.add("tool " + tool.name() + " " + tool.description() + " " + tool.parameters()));
        if (!ollama) {
            lines.add("choice "
                    + (talk.tools().isEmpty() || talk.choice() instanceof ToolChoice.Unsaid ? "" : talk.choice()));
        }
        if (talk.form() instanceof AnswerForm.Schema schema) {
            lines.add("schema " + schema.schema());
        }
        lines.add(sampled(talk.settings(), a == WireDialect.ANTHROPIC || b == WireDialect.ANTHROPIC));
        Object most = talk.settings().get(Setting.MAX_TOKENS);
        lines.add("max "
                + (a == WireDialect.ANTHROPIC || b == WireDialect.ANTHROPIC
                        ? most == null ? Long.valueOf(4096) : most
                        : most));
        lines.add("stream " + talk.stream());
        return lines;
    }

    /** Anthropic's models take a temperature or top_p: a temperature of 1 is what they have by themselves. */
    private static String sampled(Map<Setting, Object> settings, boolean one) {
        Object temperature = settings.get(Setting.TEMPERATURE);
        Object share = settings.get(Setting.TOP_P);
        boolean both = one && temperature != null && share != null;
        boolean usual = both && temperature instanceof Number number && number.doubleValue() == 1;
        return "temperature " + (usual ? null : temperature) + " top_p " + (both && !usual ? null : share);
    }

    private static String squeezed(String text, boolean squeeze) {
        return squeeze ? text.replace("\n", "") : text;
    }

    @Provide
    Arbitrary<Conversation> conversations() {
        Arbitrary<Map<Setting, Object>> settings = Combinators.combine(
                        Arbitraries.doubles().between(0, 1).ofScale(2).injectNull(0.5),
                        Arbitraries.doubles().between(0.1, 1).ofScale(2).injectNull(0.5),
                        Arbitraries.longs().between(16, 4000).injectNull(0.5)) // responses have no fewer
                .as(RoundTripTest::settings);
        Arbitrary<AnswerForm> form = Arbitraries.of(
                new AnswerForm.Free(),
                new AnswerForm.Schema("answer", "", Map.of("type", "object", "additionalProperties", false), true));
        Arbitrary<ToolChoice> choice = Arbitraries.of(new ToolChoice.Unsaid(), new ToolChoice.Auto());
        Arbitrary<List<Tool>> tools = tool().list().ofMaxSize(3).uniqueElements(Tool::name);
        return Combinators.combine(messages(), tools, choice, form, settings, Arbitraries.of(true, false))
                .as((messages, defined, chosen, shape, set, stream) -> new Conversation(
                        messages,
                        known(messages, defined),
                        chosen,
                        shape,
                        Thinking.UNSAID,
                        set,
                        Map.of(),
                        stream,
                        List.of()));
    }

    /** Calls of tools that nobody defines are for another test. */
    private static List<Tool> known(List<Message> messages, List<Tool> tools) {
        boolean calls = messages.stream().anyMatch(Message::hasCalls);
        return calls && tools.isEmpty()
                ? List.of(new Tool("look", "Looks.", Map.of("type", "object"), null, null))
                : tools;
    }

    private static Map<Setting, Object> settings(
            @Nullable Double temperature, @Nullable Double topP, @Nullable Long most) {
        Map<Setting, Object> settings = new EnumMap<>(Setting.class);
        if (temperature != null) {
            settings.put(Setting.TEMPERATURE, temperature);
        }
        if (topP != null) {
            settings.put(Setting.TOP_P, topP);
        }
        if (most != null) {
            settings.put(Setting.MAX_TOKENS, most);
        }
        return settings;
    }

    private static Arbitrary<String> text() {
        return Arbitraries.strings()
                .withChars("aZ9 .,'\"\\{}[]<>é世\u0001\u2028")
                .ofMinLength(1)
                .ofMaxLength(12)
                .map(text -> text + "😀");
    }

    private static Arbitrary<Tool> tool() {
        return Combinators.combine(Arbitraries.strings().withCharRange('a', 'z').ofLength(4), text())
                .as((name, description) -> new Tool(
                        name,
                        description,
                        Map.of("type", "object", "properties", Map.of("q", Map.of("type", "string"))),
                        null,
                        null));
    }

    private static Arbitrary<List<Message>> messages() {
        Arbitrary<List<List<Message>>> rounds = round().list().ofMinSize(1).ofMaxSize(4);
        return Combinators.combine(text().injectNull(0.5), rounds).as((system, all) -> {
            List<Message> messages = new ArrayList<>();
            if (system != null) {
                messages.add(new Message(Message.Role.SYSTEM, List.of(Part.Text.of(system))));
            }
            int id = 0;
            for (List<Message> round : all) {
                for (Message message : round) {
                    messages.add(numbered(message, id));
                }
                id += 10;
            }
            return messages;
        });
    }

    /** Ids are different in each round, and a result has the id of its call. */
    private static Message numbered(Message message, int from) {
        List<Part> parts = new ArrayList<>();
        int id = from;
        for (Part part : message.parts()) {
            parts.add(
                    switch (part) {
                        case Part.Call(String _, String name, String arguments) ->
                            new Part.Call("call-" + id++, name, arguments);
                        case Part.Result(String _, String name, List<Part> said, boolean error, Object cache) ->
                            new Part.Result("call-" + id++, name, said, error, cache);
                        default -> part;
                    });
        }
        return new Message(message.role(), parts);
    }

    /** A user's message and what is answered, with calls and their results where there are any. */
    private static Arbitrary<List<Message>> round() {
        Arbitrary<Part> image = Arbitraries.of(
                new Part.Image(new Content.Data("image/png", "iVBORw0KGgo="), "", null),
                new Part.Image(new Content.Data("image/jpeg", "/9j/4AAQ"), "", null));
        Arbitrary<List<Part>> said = Combinators.combine(
                        text().list().ofMinSize(1).ofMaxSize(2), image.injectNull(0.8))
                .as((texts, picture) -> {
                    List<Part> parts = new ArrayList<>();
                    texts.forEach(one -> parts.add(Part.Text.of(one)));
                    if (picture != null) {
                        parts.add(picture);
                    }
                    return parts;
                });
        Arbitrary<Part> call = Combinators.combine(Arbitraries.of("look", "go", "stop"), text())
                .as((name, value) -> new Part.Call("", name, dev.jerboa.model.json.JsonOut.line(Map.of("q", value))));
        return Combinators.combine(said, text(), call.list().ofMaxSize(3), text())
                .as((user, answer, calls, result) -> {
                    List<Message> messages = new ArrayList<>();
                    messages.add(new Message(Message.Role.USER, user));
                    if (!calls.isEmpty()) {
                        List<Part> calling = new ArrayList<>();
                        calling.add(Part.Text.of(answer));
                        calling.addAll(calls);
                        messages.add(new Message(Message.Role.ASSISTANT, calling));
                        List<Part> results = new ArrayList<>();
                        calls.forEach(
                                _ -> results.add(new Part.Result("", "", List.of(Part.Text.of(result)), false, null)));
                        messages.add(new Message(Message.Role.TOOL, results));
                    }
                    messages.add(new Message(Message.Role.ASSISTANT, List.of(Part.Text.of(answer))));
                    return messages;
                });
    }
}
