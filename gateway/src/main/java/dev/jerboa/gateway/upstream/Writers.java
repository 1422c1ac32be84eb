package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.translation.Translation;

/** Writers of a client's form, also of those that are not translated: what of theirs is written here has the shape of a chat's. */
public final class Writers {
    private Writers() {}

    /**
     * A writer for a request's reply.
     *
     * @param answerer who the client is told has answered
     */
    public static ReplyWriter of(ClientRequest request, Answerer answerer) {
        ClientForm form = request.form() == ClientForm.COMPLETIONS ? ClientForm.CHAT : request.form();
        WireDialect own = form.dialect();
        return Translation.of(form, own)
                .orElseThrow(() -> new IllegalStateException(form + " is not of its own dialect"))
                .writer(request, answerer);
    }
}
