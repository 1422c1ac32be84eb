package dev.jerboa.gateway.dialect.conversation;

import java.util.List;

/** Where turns are in a conversation. */
public final class Turns {
    private Turns() {}

    /**
     * The index behind the message by which a user began the turn that is under way: what comes after is one answer, with calls of tools
     * in it. A message of the user directly behind results belongs to them: clients add notes there.
     */
    public static int beginning(List<Message> messages) {
        for (int i = messages.size() - 1; i >= 0; i--) {
            boolean note = i > 0 && messages.get(i - 1).role() == Message.Role.TOOL;
            if (messages.get(i).role() == Message.Role.USER && !note) {
                return i + 1;
            }
        }
        return 0;
    }
}
