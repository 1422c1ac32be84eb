package dev.jerboa.train.loop;

import dev.jerboa.train.autograd.HeadLoss;
import dev.jerboa.train.autograd.Routing;
import dev.jerboa.train.autograd.TokenLoss;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.data.BatchSource;
import dev.jerboa.train.network.Network;
import dev.jerboa.train.recipe.Recipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Learning from what is written: the cross entropy of the batches of a step, or the distance from a teacher, then one update. */
final class Supervised implements Learning {
    private final Recipe recipe;
    private final BatchSource source;
    private final Network network;
    private final Update update;
    private final Optional<Pupil> pupil;
    private final List<Batch> batches = new ArrayList<>();

    /** @param pupil the network's head where it follows a teacher */
    Supervised(Recipe recipe, BatchSource source, Network network, Update update, Optional<Pupil> pupil) {
        this.recipe = recipe;
        this.source = source;
        this.network = network;
        this.update = update;
        this.pupil = pupil;
        for (int i = 0; i < recipe.microBatches(); i++) {
            batches.add(new Batch(recipe.batchTokens()));
        }
    }

    @Override
    public Outcome step(long step) {
        double weight = 0;
        double weightAhead = 0;
        long tokens = 0;
        for (int i = 0; i < batches.size(); i++) {
            source.fill(step * batches.size() + i, batches.get(i));
            weight += batches.get(i).totalWeight();
            weightAhead += batches.get(i).totalWeightAhead();
            tokens += batches.get(i).tokens();
        }
        update.begin();
        network.loss().loss(TokenLoss.CROSS_ENTROPY, 1 / weight);
        double ahead = recipe.model().ahead();
        if (network.aheadLoss().isPresent()) {
            network.aheadLoss().get().loss(TokenLoss.CROSS_ENTROPY, ahead / Math.max(weightAhead, 1));
        }
        double loss = 0;
        double aheadLoss = 0;
        double balance = 0;
        pupil.ifPresent(Pupil::begin);
        for (Batch batch : batches) {
            pupil.ifPresent(p -> p.read(batch));
            network.tape().forwardAndBackward(batch);
            pupil.ifPresent(p -> p.count(batch));
            loss += network.loss().loss();
            aheadLoss += network.aheadLoss().map(HeadLoss::loss).orElse(0.0);
            for (Routing routing : network.routings()) {
                balance += routing.balanceLoss();
                routing.countLoad();
            }
        }
        Update.Change change = update.apply(step, recipe.schedule().at(step));
        double aheadMean = ahead > 0 ? aheadLoss / ahead : Double.NaN;
        return new Outcome(
                tokens,
                loss,
                aheadMean,
                balance,
                change.norm(),
                change.load(),
                Optional.of(batches.getLast()),
                Optional.empty(),
                pupil.map(Pupil::report));
    }
}
