package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.generate.Cancellation;
import dev.jerboa.engine.generate.ChatOptions;
import dev.jerboa.engine.generate.ChatSession;
import dev.jerboa.engine.generate.Chunk;
import dev.jerboa.engine.generate.FinishReason;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Reply;
import dev.jerboa.model.template.TemplateException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jline.keymap.KeyMap;
import org.jline.reader.Binding;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A conversation in the terminal: lines with history, replies as they come, Ctrl-C for the reply and Ctrl-D for the end.
 * JLine is loaded here only.
 */
final class InteractiveChat {
    private static final String DIM = "\u001b[2m";
    private static final String PLAIN = "\u001b[0m";
    private static final String HELP = """
            /help            this list
            /clear           forget the conversation
            /system TEXT     begin a new conversation with this system message
            /save FILE       write the conversation to a file
            /stats           numbers of the last reply
            /exit            leave (also Ctrl-D)
            A backslash at the end of a line, or Alt-Enter, goes on in the next line. Ctrl-C stops a reply.""";

    private final LanguageModel model;
    private final boolean plain;
    private final boolean showThinking;
    private final LineReader reader;
    private final PrintWriter out;
    private ChatOptions options;
    private @Nullable ChatSession session;
    private @Nullable Reply last;
    private volatile Cancellation running = new Cancellation();

    private InteractiveChat(
            LanguageModel model, ChatOptions options, boolean plain, boolean showThinking, Terminal terminal) {
        this.model = model;
        this.options = options;
        this.plain = plain;
        this.showThinking = showThinking;
        this.out = terminal.writer();
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .terminal(terminal)
                .parser(new ContinuedLines())
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "… ")
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.BRACKETED_PASTE, true);
        Path history = history();
        if (history != null) {
            builder.variable(LineReader.HISTORY_FILE, history);
        }
        this.reader = builder.build();
        reader.getWidgets().put("jerboa-newline", () -> {
            reader.getBuffer().write("\n");
            return true;
        });
        KeyMap<Binding> keys = reader.getKeyMaps().get(LineReader.MAIN);
        if (keys != null) {
            keys.bind(new Reference("jerboa-newline"), KeyMap.alt("\r"), KeyMap.alt("\n"));
        }
        terminal.handle(Terminal.Signal.INT, signal -> running.cancel());
    }

    static int run(Console console, LanguageModel model, ChatOptions options, boolean plain, boolean showThinking) {
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            return run(terminal, model, options, plain, showThinking);
        } catch (IOException e) {
            throw new UncheckedIOException("the terminal cannot be used: " + e.getMessage(), e);
        } finally {
            console.out().flush();
        }
    }

    static int run(Terminal terminal, LanguageModel model, ChatOptions options, boolean plain, boolean showThinking) {
        InteractiveChat chat = new InteractiveChat(model, options, plain, showThinking, terminal);
        try {
            chat.converse();
        } finally {
            chat.closeSession();
        }
        return ExitCode.OK;
    }

    /** {@code $XDG_STATE_HOME/jerboa/history}, or null where it cannot be made. */
    private static @Nullable Path history() {
        String state = System.getenv("XDG_STATE_HOME");
        Path folder = state != null && !state.isBlank()
                ? Path.of(state)
                : Path.of(System.getProperty("user.home", ""), ".local", "state");
        try {
            Path own = folder.resolve("jerboa");
            Files.createDirectories(own);
            return own.resolve("history");
        } catch (IOException e) {
            return null;
        }
    }

    private void converse() {
        out.println(DIM + model.name() + " · /help lists commands, Ctrl-D leaves" + PLAIN);
        while (true) {
            String line;
            try {
                line = reader.readLine("> ");
            } catch (UserInterruptException e) {
                continue;
            } catch (EndOfFileException e) {
                return;
            }
            String text = line.strip();
            if (text.isEmpty()) {
                continue;
            }
            if (text.startsWith("/")) {
                if (!command(text)) {
                    return;
                }
            } else {
                answer(line.replace("\\\n", "\n"));
            }
        }
    }

    /** Runs a command; false leaves. */
    private boolean command(String line) {
        String[] words = line.split("\\s+", 2);
        String rest = words.length > 1 ? words[1].strip() : "";
        switch (words[0]) {
            case "/exit", "/quit", "/bye" -> {
                return false;
            }
            case "/help" -> out.println(HELP);
            case "/clear" -> closeSession();
            case "/system" -> {
                closeSession();
                options = options.withSystem(rest);
            }
            case "/save" -> save(rest);
            case "/stats" -> {
                Reply reply = last;
                out.println(reply == null ? "no reply yet" : Statistics.line(model, reply));
            }
            default -> out.println("unknown command " + words[0] + "; /help lists them");
        }
        out.flush();
        return true;
    }

    private void answer(String text) {
        running = new Cancellation();
        Printer printer = new Printer();
        try {
            Reply reply;
            if (plain) {
                reply = model.complete(text, options.generation().withCancellation(running), printer);
            } else {
                ChatSession chat = session();
                reply = chat.send(
                        List.of(ChatMessage.user(text)), options.generation().withCancellation(running), printer);
            }
            last = reply;
            printer.end();
            if (reply.finishReason() == FinishReason.CONTEXT_FULL || reply.finishReason() == FinishReason.CANCELLED) {
                out.println(DIM + "[" + reply.message() + "]" + PLAIN);
            }
        } catch (TemplateException | IllegalArgumentException e) {
            printer.end();
            out.println("jerboa: " + e.getMessage());
        }
        out.flush();
    }

    private ChatSession session() {
        ChatSession chat = session;
        if (chat == null) {
            chat = model.chat(options);
            session = chat;
        }
        return chat;
    }

    private void closeSession() {
        if (session != null) {
            session.close();
            session = null;
        }
    }

    private void save(String file) {
        if (file.isEmpty()) {
            out.println("/save wants the name of a file");
            return;
        }
        StringBuilder text = new StringBuilder();
        ChatSession chat = session;
        if (chat != null) {
            for (ChatMessage message : chat.messages()) {
                text.append("## ")
                        .append(message.role())
                        .append("\n\n")
                        .append(message.content())
                        .append("\n\n");
            }
        }
        try {
            Files.writeString(Path.of(file), text);
            out.println("saved to " + file);
        } catch (IOException | InvalidPathException e) {
            out.println("jerboa: " + file + " cannot be written: " + e.getMessage());
        }
    }

    /** Prints a reply as it comes, the thinking dimmed. */
    private final class Printer implements Consumer<Chunk> {
        private boolean dim;

        @Override
        public void accept(Chunk chunk) {
            if (showThinking && !chunk.reasoning().isEmpty()) {
                out.print(dim ? chunk.reasoning() : DIM + chunk.reasoning());
                dim = true;
            }
            if (!chunk.text().isEmpty()) {
                if (dim) {
                    out.print(PLAIN + "\n\n");
                    dim = false;
                }
                out.print(chunk.text());
            }
            out.flush();
        }

        void end() {
            out.println(dim ? PLAIN : "");
            dim = false;
        }
    }

    /** Lines are texts, not words: only a backslash at the end asks for another line. */
    private static final class ContinuedLines implements Parser {
        @Override
        public ParsedLine parse(String line, int cursor, ParseContext context) {
            if (context == ParseContext.ACCEPT_LINE && line.endsWith("\\")) {
                throw new EOFError(-1, cursor, "goes on");
            }
            return new Whole(line, cursor);
        }
    }

    /** A line as one word. */
    private record Whole(String line, int cursor) implements CompletingParsedLine {
        @Override
        public String word() {
            return line;
        }

        @Override
        public int wordCursor() {
            return cursor;
        }

        @Override
        public int wordIndex() {
            return 0;
        }

        @Override
        public int rawWordCursor() {
            return cursor;
        }

        @Override
        public int rawWordLength() {
            return line.length();
        }

        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return candidate;
        }

        @Override
        public List<String> words() {
            return List.of(line);
        }
    }
}
