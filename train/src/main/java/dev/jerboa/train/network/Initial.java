package dev.jerboa.train.network;

import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.random.Draws;

/**
 * Fresh weights, a function of the seed and of nothing else.
 *
 * <pre>
 * matrices       normal, of the given standard deviation; what ends a sub-layer divided by √(sub-layers)
 * norms          1        biases   0
 * streams (mHC)  fn 0, scale 0.01, pre σ⁻¹(1/n), post 0, mixing logits 0 on and {@code streamOff} off the diagonal
 * streams (HC)   fn 0, scale 0.01, pre one-hot (site mod n), post 1, mixing the identity
 * </pre>
 *
 * <p>With these, streams that are alike stay alike: the network begins as the one with plain residuals (arXiv 2512.24880 leaves
 * the biases open).
 */
public final class Initial {
    private static final float GATE = 0.01f;

    /** A logit whose logistic function is 1 in float32. */
    private static final float ALL = 20;

    private Initial() {}

    /** Sets all parameters of a network that training changes. */
    public static void set(Network network, long seed, double std, double streamOff) {
        int layers = network.spec().layers().size();
        long number = 0;
        for (Parameter parameter : network.parameters().all()) {
            String name = parameter.name();
            number++;
            if (!parameter.trained()) {
                continue;
            }
            if (name.contains(".hc_") || name.contains("hc_head")) {
                if (network.spec().residual() instanceof Hyper hyper) {
                    streams(parameter, hyper, streamOff);
                }
            } else if (name.endsWith("norm.weight")) {
                fill(parameter, 1);
            } else if (parameter.matrix()) {
                boolean ends = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
                normal(parameter, seed, number, ends ? std / Math.sqrt(2.0 * layers) : std);
            }
        }
    }

    private static void fill(Parameter parameter, float value) {
        for (int i = 0; i < parameter.cols(); i++) {
            parameter.value().set(0, i, value);
        }
    }

    /** Normal numbers by pairs (Box and Muller), each row from its own counter. */
    private static void normal(Parameter parameter, long seed, long number, double std) {
        for (int r = 0; r < parameter.rows(); r++) {
            Draws draws = Draws.of(seed, -2 - number, r);
            for (int c = 0; c < parameter.cols(); c += 2) {
                double radius = Math.sqrt(-2 * Math.log(1 - draws.uniform())) * std;
                double angle = 2 * Math.PI * draws.uniform();
                parameter.value().set(r, c, (float) (radius * Math.cos(angle)));
                if (c + 1 < parameter.cols()) {
                    parameter.value().set(r, c + 1, (float) (radius * Math.sin(angle)));
                }
            }
        }
    }

    private static void streams(Parameter parameter, Hyper hyper, double off) {
        String name = parameter.name();
        int n = hyper.streams();
        if (name.endsWith("_scale")) {
            fill(parameter, GATE);
            return;
        }
        if (!name.endsWith("_base")) {
            return;
        }
        float read = n == 1 ? ALL : (float) -Math.log(n - 1.0);
        if (name.contains("hc_head")) {
            fill(parameter, read);
            return;
        }
        boolean open = hyper.kind() == Kind.CONNECTIONS;
        int site = site(name);
        for (int j = 0; j < n; j++) {
            float pre = open ? j == site % n ? 1 : 0 : read;
            parameter.value().set(0, j, pre);
            parameter.value().set(0, n + j, open ? 1 : 0);
        }
        if (hyper.kind() == Kind.LITE) {
            for (int q = 2 * n + 1; q < parameter.cols(); q++) {
                parameter.value().set(0, q, (float) off);
            }
            return;
        }
        for (int j = 0; j < n; j++) {
            for (int k = 0; k < n; k++) {
                float value = open ? j == k ? 1 : 0 : j == k ? 0 : (float) off;
                parameter.value().set(0, 2 * n + n * j + k, value);
            }
        }
    }

    /** The site's number from the name of one of its tensors. */
    private static int site(String name) {
        int from = name.indexOf("layers.") + "layers.".length();
        int layer = Integer.parseInt(name.substring(from, name.indexOf('.', from)));
        return 2 * layer + (name.contains("hc_ffn") ? 1 : 0);
    }
}
