package dev.jerboa.bench.soak;

import java.util.ArrayList;
import java.util.List;

/** Requests of all dialects whose answers depend on nothing but themselves: greedy or with a seed. */
final class Questions {
    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETIONS = "/v1/completions";
    private static final List<String> PROBLEMS = List.of(
            "What is 12 + 30?",
            "What is 348 + 275?",
            "What is 7 * 8?",
            "Which is larger, 15 or 51?",
            "Put these in order: 9, 1, 5.",
            "ما هو 5 + 3؟");
    private static final String TOOL =
            "{'type': 'function', 'function': {'name': 'add', 'parameters': {'type': 'object',"
                    + " 'properties': {'a': {'type': 'integer', 'minimum': 0, 'maximum': 99}, 'b': {'type': 'integer'}},"
                    + " 'required': ['a', 'b'], 'additionalProperties': false}}}";
    private static final String SCHEMA = "{'type': 'object', 'properties': {'sum': {'type': 'integer', 'minimum': 0,"
            + " 'maximum': 999}, 'words': {'type': 'array', 'items': {'type': 'string', 'maxLength': 12}, 'maxItems': 3}},"
            + " 'required': ['sum', 'words'], 'additionalProperties': false}";

    private final List<Question> all = new ArrayList<>();

    private Questions() {}

    static List<Question> all() {
        Questions questions = new Questions();
        questions.chats();
        questions.completions();
        questions.forms();
        questions.tools();
        questions.otherDialects();
        questions.others();
        return List.copyOf(questions.all);
    }

    /** A long reply that nobody waits for to the end. */
    static Question endless(int seed, boolean stream) {
        return Question.post(
                "endless",
                COMPLETIONS,
                json("{'prompt': [" + (20 + seed % 200) + ", 41], 'seed': " + seed
                        + ", 'temperature': 1.2, 'max_tokens': 200, 'ignore_eos': true, 'stream': " + stream + "}"));
    }

    /** A reply with less time than it needs. */
    static Question hurried(int seed, double seconds) {
        return Question.post(
                "hurried",
                COMPLETIONS,
                json("{'prompt': [" + (20 + seed % 200) + ", 42], 'seed': " + seed
                        + ", 'temperature': 1, 'max_tokens': 300, 'ignore_eos': true, 'timeout': " + seconds + "}"));
    }

    /** JSON with the quotation marks that Java's texts can do without. */
    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private void add(String name, String path, String body) {
        all.add(Question.post(name, path, json(body)));
    }

    /** Both whole and as a stream. */
    private void both(String name, String path, String fields) {
        add(name, path, "{" + fields + ", 'stream': false}");
        add(name + ", streamed", path, "{" + fields + ", 'stream': true}");
    }

    private static String message(String content) {
        return "'messages': [{'role': 'user', 'content': '" + content + "'}]";
    }

    private void chats() {
        for (String problem : PROBLEMS) {
            both("chat: " + problem, CHAT, message(problem) + ", 'temperature': 0, 'max_tokens': 96");
        }
        for (int seed = 1; seed <= 3; seed++) {
            both(
                    "chat with seed " + seed,
                    CHAT,
                    message(PROBLEMS.get(seed)) + ", 'temperature': 1, 'top_p': 0.95, 'seed': " + seed
                            + ", 'max_tokens': 64, 'frequency_penalty': 0.3, 'stream_options': {'include_usage': true}");
        }
        both(
                "chat, three choices with log-probabilities",
                CHAT,
                message("What is 2 + 2?") + ", 'n': 3, 'seed': 5, 'temperature': 1.1, 'logprobs': true,"
                        + " 'top_logprobs': 2, 'max_tokens': 20");
        both(
                "chat with a stop",
                CHAT,
                message("What is 20 + 22?") + ", 'temperature': 0, 'stop': ['4'], 'max_tokens': 80");
    }

    private void completions() {
        for (int seed = 1; seed <= 3; seed++) {
            both(
                    "completion with seed " + seed,
                    COMPLETIONS,
                    "'prompt': [" + (30 + seed) + ", 40, 60], 'seed': " + seed
                            + ", 'temperature': 1.5, 'max_tokens': 70, 'ignore_eos': true");
        }
        both(
                "completions of two prompts",
                COMPLETIONS,
                "'prompt': ['12 + 30 =', '7 + 8 ='], 'n': 2, 'seed': 3, 'temperature': 1, 'logprobs': 1, 'max_tokens': 16,"
                        + " 'ignore_eos': true");
        String beginning = "What is 3 + 4? It is 7. ".repeat(8);
        for (int tail = 0; tail < 4; tail++) {
            add(
                    "shared beginning " + tail,
                    COMPLETIONS,
                    "{'prompt': '" + beginning + "What is " + tail + " + 5?', 'temperature': 0.7, 'seed': " + tail
                            + ", 'max_tokens': 24, 'ignore_eos': true, 'stream': " + (tail % 2 == 0) + "}");
        }
        for (int k = 0; k < 2; k++) {
            StringBuilder ids = new StringBuilder();
            for (int i = 0; i < 350; i++) {
                ids.append(i == 0 ? "" : ", ").append(10 + (i * 37 + k * 11) % 900);
            }
            add(
                    "long prompt " + k,
                    COMPLETIONS,
                    "{'prompt': [" + ids + "], 'temperature': 0, 'max_tokens': 12, 'ignore_eos': true}");
        }
    }

    private void forms() {
        both(
                "chat by a schema",
                CHAT,
                message("What is 12 + 30?") + ", 'seed': 8, 'temperature': 1, 'max_tokens': 200, 'response_format':"
                        + " {'type': 'json_schema', 'json_schema': {'name': 'sum', 'schema': " + SCHEMA + "}}");
        add(
                "completion by a schema",
                COMPLETIONS,
                "{'prompt': 'JSON: ', 'seed': 9, 'temperature': 1.3, 'max_tokens': 60, 'guided_json': " + SCHEMA + "}");
        add(
                "completion by a regular expression",
                COMPLETIONS,
                "{'prompt': 'A number: ', 'seed': 9, 'temperature': 1, 'max_tokens': 20, 'guided_regex': '[0-9]{3}-[a-z]{4}'}");
        add(
                "completion by a choice",
                COMPLETIONS,
                "{'prompt': 'Yes or no? ', 'seed': 2, 'temperature': 1, 'max_tokens': 20, 'guided_choice': ['yes', 'no', 'nobody knows']}");
        add(
                "completion of JSON",
                COMPLETIONS,
                "{'prompt': 'JSON: ', 'seed': 4, 'temperature': 1, 'max_tokens': 40, 'response_format': {'type': 'json_object'}}");
    }

    private void tools() {
        both(
                "chat that must call",
                CHAT,
                message("What is 12 + 30?") + ", 'seed': 3, 'temperature': 0.9, 'tools': [" + TOOL
                        + "], 'tool_choice': 'required', 'parallel_tool_calls': false, 'max_tokens': 200");
        add(
                "chat that may call",
                CHAT,
                "{" + message("What is 1 + 3?") + ", 'temperature': 0, 'tools': [" + TOOL + "], 'max_tokens': 80}");
    }

    private void otherDialects() {
        both(
                "Anthropic",
                "/v1/messages",
                "'model': 'inside', 'max_tokens': 90, 'temperature': 0, " + message("What is 31 + 11?"));
        both(
                "Ollama chat",
                "/api/chat",
                "'model': 'inside', 'options': {'temperature': 0, 'num_predict': 80}, " + message("What is 50 - 8?"));
        both(
                "Ollama by a schema",
                "/api/generate",
                "'model': 'inside', 'raw': true, 'prompt': 'JSON: ', 'options': {'temperature': 1, 'seed': 6, 'num_predict': 40},"
                        + " 'format': " + SCHEMA);
        both(
                "responses",
                "/v1/responses",
                "'model': 'inside', 'temperature': 0, 'max_output_tokens': 80, 'input': 'What is 6 * 7?'");
    }

    private void others() {
        add("embeddings", "/v1/embeddings", "{'input': ['What is 2 + 3?', 'Sort 9, 1.', 'x']}");
        add("Ollama's embeddings", "/api/embed", "{'model': 'inside', 'input': 'What is 2 + 4?'}");
        add("tokens", "/tokenize", "{'content': 'What is 12 + 30?'}");
        add("text of tokens", "/detokenize", "{'tokens': [20, 30, 40, 50]}");
        add("template", "/apply-template", "{" + message("What is 1 + 1?") + "}");
        add("count of tokens", "/v1/messages/count_tokens", "{'model': 'inside', " + message("What is 1 + 2?") + "}");
    }
}
