package dev.jerboa.train.distil;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.train.autograd.Distillation;
import dev.jerboa.train.autograd.Distillation.Direction;
import dev.jerboa.train.autograd.Tape;
import dev.jerboa.train.autograd.TokenLoss;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.network.Network;
import dev.jerboa.train.network.Parameters;
import dev.jerboa.train.network.Recompute;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A model that is learned from and stays as it is: its last states of a batch at a time, on a tape of its own that is only run
 * forward. The logits of all tokens never exist together; a student's head applies this one's to the states by chunk.
 *
 * <p>Memory belongs to the arena. For one thread; the team does the work.
 */
public final class Teacher {
    private final Path path;
    private final Network network;
    private final FloatRows head;
    private final Optional<Tokenizer> tokenizer;

    private Teacher(Path path, Network network, FloatRows head, Optional<Tokenizer> tokenizer) {
        this.path = path;
        this.network = network;
        this.head = head;
        this.tokenizer = tokenizer;
    }

    /**
     * Loads a checkpoint, whose files are not needed afterwards.
     *
     * @param maxTokens the most tokens of a batch
     * @throws ModelException where it is none, or has parts that training does not know
     */
    public static Teacher open(Path path, int maxTokens, Team team, Arena arena) {
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            var names = checkpoint.description().names();
            Parameters parameters = new Parameters(arena);
            Tape tape = Tape.forwardOnly(OpsProvider.ops().gemm(), arena, maxTokens, team);
            Network network =
                    new Network(checkpoint.spec(), names, false, 0, Recompute.NOTHING, parameters, tape, arena);
            parameters.load(checkpoint.tensors());
            network.loss().loss(TokenLoss.NONE, 0);
            Slot head = checkpoint.spec().tiedHead() ? Slot.EMBEDDING : Slot.HEAD;
            return new Teacher(
                    path, network, parameters.get(names.name(head, 0)).value(), checkpoint.tokenizer());
        }
    }

    /**
     * Makes sure that a student's token ids mean what the teacher's do.
     *
     * @param student its tokenizer, where it has one
     * @param vocabulary the rows of its head
     * @throws ModelException where they do not; the message names the first that differs
     */
    public void requireVocabulary(Optional<Tokenizer> student, int vocabulary) {
        String remedy =
                "; distributions are compared token by token, which takes one vocabulary. Replies of this teacher,"
                        + " written by `jerboa sample tasks` and read by data.kind: replies, can be learned from with any";
        if (vocabulary != head.rows()) {
            throw new ModelException(
                    path + ": the teacher has " + head.rows() + " tokens, the student " + vocabulary + remedy);
        }
        if (student.isEmpty() || tokenizer.isEmpty()) {
            if (student.isPresent() != tokenizer.isPresent()) {
                throw new ModelException(path + ": the teacher has " + (tokenizer.isPresent() ? "a" : "no")
                        + " tokenizer, the student " + (student.isPresent() ? "one" : "none") + remedy);
            }
            return;
        }
        Tokenizer mine = tokenizer.get();
        Tokenizer other = student.get();
        if (mine.size() != other.size()) {
            throw new ModelException(path + ": the teacher's tokenizer has " + mine.size() + " tokens, the student's "
                    + other.size() + remedy);
        }
        for (int id = 0; id < mine.size(); id++) {
            if (!mine.token(id).equals(other.token(id))) {
                throw new ModelException(path + ": token " + id + " of the teacher's tokenizer is '" + mine.token(id)
                        + "', the student's is '" + other.token(id) + "'" + remedy);
            }
        }
    }

    /** What a student's head follows: this teacher at the batch that was read last. */
    public Distillation distillation(Direction direction, double temperature, double share) {
        return new Distillation(direction, temperature, share, network.loss().states(), head);
    }

    Network network() {
        return network;
    }

    Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    /** Computes the states of a batch. */
    public void read(Batch batch) {
        network.tape().forward(batch);
    }
}
