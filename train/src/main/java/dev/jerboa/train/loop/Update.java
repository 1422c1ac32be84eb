package dev.jerboa.train.loop;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.Routing;
import dev.jerboa.train.autograd.Rows;
import dev.jerboa.train.checkpoint.RunFolder.Table;
import dev.jerboa.train.network.Network;
import dev.jerboa.train.optim.Optimizer;
import dev.jerboa.train.optim.Optimizer.Group;
import dev.jerboa.train.optim.Optimizer.Rule;
import dev.jerboa.train.recipe.Recipe;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * From added-up gradients to changed weights: the optimiser's step, the experts' selection biases, the average of weights.
 * {@link #begin}, passes over the tape, {@link #apply}. One thread.
 */
final class Update {
    private static final int GRAIN = 1 << 10;

    private static final Loop AVERAGE = OpsProvider.loop("average of weights", l -> {
        l.each(0);
        l.store(0, l.load(0).mul(l.scalar(0)).add(l.load(1).mul(l.scalar(1))));
    });

    private final Recipe recipe;
    private final Network network;
    private final Optimizer optimizer;
    private final Team team;
    private final List<FloatRows> averages;

    /** What an update came to: the gradients' norm before clipping, and the worst load of experts, NaN without experts. */
    record Change(double norm, double load) {}

    Update(Recipe recipe, Network network, Gemm gemm, Team team, Arena arena) {
        this.recipe = recipe;
        this.network = network;
        this.optimizer = new Optimizer(groups(), recipe.optimizer(), gemm, team, arena);
        this.team = team;
        this.averages = recipe.average() > 0 ? network.parameters().copy(arena) : List.of();
    }

    /**
     * Matrices of layers by the recipe's rule, with decay; embeddings and head by AdamW, with decay; the rest without; selection
     * biases by {@link #steer} alone.
     */
    private List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        for (Parameter parameter : network.parameters().all()) {
            String name = parameter.name();
            if (!parameter.trained() || steered(parameter) || frozen(parameter)) {
                groups.add(new Group(parameter, Rule.NONE, 0, 0));
            } else if (name.contains("hc_")) {
                boolean function = name.endsWith("fn");
                groups.add(new Group(
                        parameter,
                        Rule.ADAMW,
                        function ? 1 : recipe.model().streamRate(),
                        function ? recipe.decay() : 0));
            } else if (parameter.matrix()) {
                boolean ends = name.contains("embed") || name.startsWith("lm_head") || name.equals("head.weight");
                groups.add(new Group(parameter, ends ? Rule.ADAMW : recipe.matrixRule(), 1, recipe.decay()));
            } else {
                groups.add(new Group(parameter, Rule.ADAMW, 1, 0));
            }
        }
        return groups;
    }

    /** Whether it is a selection bias. */
    private boolean steered(Parameter parameter) {
        return network.routings().stream().anyMatch(routing -> routing.bias() == parameter);
    }

    /** Rewards say nothing about the tokens after the next: what predicts them stays as it is. */
    private boolean frozen(Parameter parameter) {
        String ahead = "model.layers." + network.spec().layers().size() + ".";
        return recipe.policy().isPresent() && parameter.name().startsWith(ahead);
    }

    /** Forgets gradients and loads. */
    void begin() {
        network.parameters().clearGradients();
        network.routings().forEach(Routing::clearLoad);
    }

    /**
     * Changes the weights.
     *
     * @param before how many updates came before
     * @param factor of the learning rate
     */
    Change apply(long before, double factor) {
        double norm = optimizer.step(before, factor);
        double load = Double.NaN;
        for (Routing routing : network.routings()) {
            double worst = steer(routing);
            load = Double.isNaN(load) ? worst : Math.max(load, worst);
        }
        average();
        return new Change(norm, load);
    }

    /**
     * Moves the selection biases a step towards balance (DeepSeek-V3): up where fewer tokens than the mean went, down where more.
     *
     * @return the largest load over the mean
     */
    private double steer(Routing routing) {
        long[] load = routing.load();
        double mean = 0;
        double most = 0;
        for (long tokensOfExpert : load) {
            mean += (double) tokensOfExpert / load.length;
            most = Math.max(most, tokensOfExpert);
        }
        Parameter bias = routing.bias();
        if (bias != null && bias.trained() && !frozen(bias)) {
            for (int e = 0; e < load.length; e++) {
                double towards = Math.signum(mean - load[e]) * recipe.model().biasRate();
                bias.value().set(0, e, (float) (bias.value().get(0, e) + towards));
            }
        }
        return most / mean;
    }

    /** Moves the averages towards the weights; each worker takes a stretch of every table. */
    private void average() {
        if (averages.isEmpty()) {
            return;
        }
        float keep = (float) recipe.average();
        team.run(worker -> {
            int i = 0;
            for (Parameter parameter : network.parameters().all()) {
                int elements = (int) parameter.elements();
                long average = averages.get(i++).data().address();
                long value = parameter.value().data().address();
                int from = worker.from(elements, GRAIN);
                AVERAGE.call()
                        .at(0, Rows.at(average, from), 0)
                        .at(1, Rows.at(value, from), 0)
                        .scalar(0, keep)
                        .scalar(1, 1 - keep)
                        .count(0, worker.to(elements, GRAIN) - from)
                        .run(1);
            }
        });
    }

    /** Everything but the weights that the next update depends on, under the names that checkpoints use. */
    List<Table> state() {
        List<Table> tables = new ArrayList<>();
        optimizer
                .state()
                .forEach((name, rows) -> tables.add(new Table(name, new long[] {rows.rows(), rows.cols()}, rows)));
        return tables;
    }

    /** The averages under the names of the weights, in their order; none where the recipe asks for none. */
    List<Table> averages() {
        List<Table> tables = new ArrayList<>();
        if (!averages.isEmpty()) {
            int i = 0;
            for (Parameter parameter : network.parameters().all()) {
                tables.add(new Table(parameter.name(), parameter.shape(), averages.get(i++)));
            }
        }
        return tables;
    }
}
