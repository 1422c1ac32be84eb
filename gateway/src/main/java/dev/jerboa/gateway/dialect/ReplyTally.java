package dev.jerboa.gateway.dialect;

import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.Usage;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What accounts need of a reply, kept up to date while it passes. One thread. */
public final class ReplyTally {
    private String id = "";
    private String model = "";
    private String finish = "";
    private String finishSaid = "";
    private int toolCalls;
    private long textBytes;
    private boolean content;
    private @Nullable Usage usage;
    private @Nullable Long costNanos;
    private Service service = Service.NONE;
    private ReplyPiece.@Nullable Failed failure;

    /** Takes a piece into account. */
    public void see(ReplyPiece piece) {
        switch (piece) {
            case ReplyPiece.Begun(String newId, String newModel) -> begun(newId, newModel);
            case ReplyPiece.Text(int _, String text) -> content(utf8Length(text));
            case ReplyPiece.Reasoning(int _, String text) -> content(utf8Length(text));
            case ReplyPiece.ReasoningProof _ -> content = true;
            case ReplyPiece.Refusal(int _, String text) -> content(utf8Length(text));
            case ReplyPiece.CallBegun(int _, int _, String _, String name) -> {
                toolCalls++;
                content(utf8Length(name));
            }
            case ReplyPiece.CallArguments(int _, int _, String json) -> content(utf8Length(json));
            case ReplyPiece.Finished(int choice, String reason, String said, String _) ->
                finished(choice, reason, said);
            case ReplyPiece.Used(Usage told, Long cost, Service beside) -> {
                used(told, cost);
                served(beside);
            }
            case ReplyPiece.Vectors _ -> content = true;
            case ReplyPiece.Failed failed -> failure = failed;
        }
    }

    /** The reply's id and model, where it says them. */
    public void begun(String newId, String newModel) {
        id = newId.isEmpty() ? id : newId;
        model = newModel.isEmpty() ? model : newModel;
    }

    /** So many bytes of UTF-8 that a model has written. */
    public void content(long bytes) {
        content = content || bytes > 0;
        textBytes += bytes;
    }

    /** Takes only what a model wrote into account. */
    public void seeContent(ReplyPiece piece) {
        if (piece instanceof ReplyPiece.Text || piece instanceof ReplyPiece.Reasoning) {
            see(piece);
        }
    }

    /** Reasoning that is not shown has passed. */
    public void proven() {
        content = true;
    }

    /** Another tool is called. */
    public void called() {
        toolCalls++;
        content = true;
    }

    /** A choice has ended, in the gateway's words and in the endpoint's. */
    public void finished(int choice, String reason, String said) {
        if (choice == 0 || finish.isEmpty()) {
            finish = reason;
            finishSaid = said;
        }
    }

    /** What the endpoint says was used. */
    public void used(@Nullable Usage told, @Nullable Long cost) {
        usage = told;
        costNanos = cost;
    }

    /** What the endpoint says it did beside; of each kind its last word. */
    public void served(Service told) {
        service = new Service(
                told.tier().isEmpty() ? service.tier() : told.tier(),
                told.tools().isNone() ? service.tools() : told.tools(),
                told.others().isEmpty() ? service.others() : told.others());
    }

    /** The endpoint's id of the reply; empty where it says none. */
    public String id() {
        return id;
    }

    /** The model that the endpoint says has answered; empty where it says none. */
    public String model() {
        return model;
    }

    /** Why the first choice ended; empty where it has not. */
    public String finish() {
        return finish;
    }

    /** The same in the endpoint's own word; empty where it has none. */
    public String finishSaid() {
        return finishSaid;
    }

    public int toolCalls() {
        return toolCalls;
    }

    /** UTF-8 bytes of what the model wrote: text, reasoning, refusals, names and arguments of calls. */
    public long textBytes() {
        return textBytes;
    }

    /** Whether anything that a model wrote has passed. */
    public boolean hasContent() {
        return content;
    }

    /** What the endpoint says was used; empty where it said nothing, or counts that cannot be. */
    public Optional<Usage> usage() {
        return Optional.ofNullable(usage);
    }

    /** What the endpoint says it cost, in nano-dollars. */
    public OptionalLong costNanos() {
        return costNanos == null ? OptionalLong.empty() : OptionalLong.of(costNanos);
    }

    /** What the endpoint says it did beside reading and writing tokens. */
    public Service service() {
        return service;
    }

    /** How the endpoint failed within the reply, if it did. */
    public Optional<ReplyPiece.Failed> failure() {
        return Optional.ofNullable(failure);
    }

    /** The bytes that a text has in UTF-8. */
    public static long utf8Length(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes++;
            } else if (c < 0x800) {
                bytes += 2;
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else {
                bytes += 3;
            }
        }
        return bytes;
    }
}
