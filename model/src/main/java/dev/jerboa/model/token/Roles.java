package dev.jerboa.model.token;

import dev.jerboa.model.token.split.IntList;
import java.util.Arrays;
import java.util.List;

/** Finds the tokens with a role by the names that published models give them. */
final class Roles {
    /** Tokens that end a turn, the more telling first. */
    private static final List<String> TURN_ENDS = List.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|return|>",
            "<|end|>",
            "<end_of_turn>",
            "<turn|>",
            "<|eot|>",
            "[EOT]",
            "<EOT>",
            "_<EOT>",
            "[e~[",
            "<seed:eos>",
            "<end_of_utterance>",
            "<｜end▁of▁sentence｜>",
            "<|endoftext|>",
            "<|end_of_text|>");

    /** Tokens that end generation besides: calls of tools, ends of messages and texts. */
    private static final List<String> OTHER_ENDS = List.of("<|eom_id|>", "<|call|>", "<|calls|>", "<|flush|>", "[EOS]");

    private Roles() {}

    /**
     * The ids with a role.
     *
     * @param eot the end of turn that the file names, or −1 to look for one
     * @param more ids that end generation besides, −1 for none
     */
    static PipelineTokenizer.Specials of(
            Vocabulary vocabulary, int bos, int eos, int eot, int[] more, int[] prefix, int[] suffix) {
        boolean harmony = ending(vocabulary, "<|call|>") >= 0 || ending(vocabulary, "<|flush|>") >= 0;
        int turn = eot;
        IntList stops = new IntList(8);
        stops.add(more);
        stops.add(eos);
        for (String name : TURN_ENDS) {
            int id = harmony && name.equals("<|end|>") ? -1 : ending(vocabulary, name);
            turn = turn < 0 ? id : turn;
            stops.add(id);
        }
        for (String name : OTHER_ENDS) {
            stops.add(ending(vocabulary, name));
        }
        stops.add(turn);
        int[] ids = Arrays.stream(stops.toArray(0))
                .filter(id -> id >= 0 && id < vocabulary.size())
                .sorted()
                .distinct()
                .toArray();
        return new PipelineTokenizer.Specials(bos, eos, turn, ids, prefix, suffix);
    }

    /** The id of a token that is not ordinary text, or −1. */
    private static int ending(Vocabulary vocabulary, String name) {
        int id = vocabulary.findAny(name);
        return id >= 0 && vocabulary.type(id) != Vocabulary.NORMAL ? id : -1;
    }
}
