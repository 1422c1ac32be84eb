package dev.jerboa.model.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.dtype.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypeMixTest {
    private static final TypeMix.Model DENSE = new TypeMix.Model(28, 2, 0, false);
    private static final TypeMix.Model GROUPED = new TypeMix.Model(32, 8, 0, false);
    private static final TypeMix.Model CALIBRATED = new TypeMix.Model(32, 4, 0, true);
    private static final TypeMix.Model EIGHT = new TypeMix.Model(32, 4, 8, false);
    private static final TypeMix.Model MANY = new TypeMix.Model(48, 8, 128, false);

    @ParameterizedTest
    @CsvSource({
        "Q4_K_M, 0, ffn_down, Q6_K",
        "Q4_K_M, 4, ffn_down, Q4_K",
        "Q4_K_M, 5, attn_v, Q6_K",
        "Q4_K_M, 27, ffn_down, Q6_K",
        "Q4_K_M, 4, attn_q, Q4_K",
        "Q5_K_M, 0, attn_v, Q6_K",
        "Q5_K_M, 3, ffn_up, Q5_K",
        "Q4_K_S, 3, attn_v, Q5_K",
        "Q4_K_S, 4, attn_v, Q4_K",
        "Q3_K_M, 1, attn_v, Q5_K",
        "Q3_K_M, 2, attn_v, Q4_K",
        "Q3_K_M, 0, ffn_down, Q5_K",
        "Q3_K_M, 9, ffn_down, Q4_K",
        "Q3_K_M, 9, attn_output, Q4_K",
        "Q3_K_M, 9, ffn_gate, Q3_K",
        "Q2_K, 9, attn_v, Q3_K",
        "Q2_K, 9, ffn_down, Q3_K",
        "Q2_K, 9, attn_output, Q3_K",
        "Q2_K, 9, attn_k, Q2_K",
        "IQ4_NL, 0, ffn_down, Q5_K",
        "IQ4_NL, 9, ffn_down, IQ4_NL",
        "Q4_0, 0, ffn_down, Q4_0",
        "Q6_K, 0, attn_v, Q6_K",
        "MXFP4, 0, ffn_down, MXFP4",
        "MXFP4, 0, attn_v, Q8_0",
        "F16, 0, attn_v, F16"
    })
    void typesByLayerAndRole(TypeMix mix, int layer, String role, DType type) {
        assertThat(of(mix, layer, role, DENSE)).isEqualTo(type);
    }

    @Test
    void whatSharesItsKeysHasMoreBitsForValues() {
        assertThat(of(TypeMix.Q2_K, 9, "attn_v", GROUPED)).isEqualTo(DType.Q4_K);
        assertThat(of(TypeMix.IQ4_NL, 9, "attn_v", GROUPED)).isEqualTo(DType.Q5_K);
    }

    @Test
    void importancesChangeWhatFirstLayersGet() {
        assertThat(of(TypeMix.Q4_0, 0, "ffn_down", CALIBRATED)).isEqualTo(DType.Q4_1);
        assertThat(of(TypeMix.Q5_0, 3, "ffn_down", CALIBRATED)).isEqualTo(DType.Q5_1);
        assertThat(of(TypeMix.IQ4_NL, 0, "ffn_down", CALIBRATED)).isEqualTo(DType.IQ4_NL);
    }

    @Test
    void attentionOfEightExpertsHasMoreBits() {
        assertThat(of(TypeMix.Q4_K_M, 9, "attn_v", EIGHT)).isEqualTo(DType.Q8_0);
        assertThat(of(TypeMix.Q4_K_M, 9, "attn_k", EIGHT)).isEqualTo(DType.Q8_0);
        assertThat(of(TypeMix.Q4_K_M, 9, "attn_output", EIGHT)).isEqualTo(DType.Q5_K);
        assertThat(of(TypeMix.Q4_K_M, 9, "attn_k", MANY)).isEqualTo(DType.Q4_K);
    }

    @Test
    void expertsAloneAreMxfp4WhereThereAreSome() {
        long[] stack = {128, 768, 2048};
        assertThat(TypeMix.MXFP4.of("blk.3.ffn_up_exps.weight", stack, 3, MANY, false))
                .isEqualTo(DType.MXFP4);
        assertThat(TypeMix.MXFP4.of("blk.3.ffn_up_shexp.weight", new long[] {768, 2048}, 3, MANY, false))
                .isEqualTo(DType.Q8_0);
    }

    @Test
    void whatIsSmallStaysFloat32() {
        for (String name : new String[] {
            "blk.4.ffn_gate_inp.weight", "blk.4.attn_q_norm.weight", "blk.4.ssm_conv1d.weight", "blk.4.attn_sinks"
        }) {
            assertThat(TypeMix.Q4_K_M.of(name, new long[] {64, 2048}, 4, DENSE, false))
                    .as(name)
                    .isEqualTo(DType.F32);
        }
        assertThat(TypeMix.BF16.of("blk.4.attn_q.bias", new long[] {2048}, 4, DENSE, false))
                .isEqualTo(DType.F32);
    }

    @Test
    void rowsThatAreNotWholeBlocksFallBack() {
        long[] narrow = {512, 96};
        assertThat(TypeMix.Q4_K_M.of("blk.4.attn_q.weight", narrow, 4, DENSE, false))
                .isEqualTo(DType.Q5_0);
        assertThat(TypeMix.Q2_K.of("blk.4.attn_q.weight", narrow, 4, DENSE, false))
                .isEqualTo(DType.Q4_0);
        assertThat(TypeMix.Q6_K.of("blk.4.attn_q.weight", narrow, 4, DENSE, false))
                .isEqualTo(DType.Q8_0);
        assertThat(TypeMix.Q4_K_M.of("blk.4.attn_q.weight", new long[] {512, 172}, 4, DENSE, false))
                .isEqualTo(DType.F16);
    }

    @Test
    void heads() {
        long[] shape = {1000, 2048};
        assertThat(TypeMix.Q4_K_M.of("output.weight", shape, -1, DENSE, true)).isEqualTo(DType.Q6_K);
        assertThat(TypeMix.Q4_0.of("token_embd.weight", shape, -1, DENSE, true)).isEqualTo(DType.Q6_K);
        assertThat(TypeMix.Q4_0.of("token_embd.weight", shape, -1, DENSE, false))
                .isEqualTo(DType.Q4_0);
        assertThat(TypeMix.Q8_0.of("output.weight", shape, -1, DENSE, true)).isEqualTo(DType.Q8_0);
        assertThat(TypeMix.BF16.of("output.weight", shape, -1, DENSE, true)).isEqualTo(DType.BF16);
    }

    private static DType of(TypeMix mix, int layer, String role, TypeMix.Model model) {
        return mix.of("blk." + layer + "." + role + ".weight", new long[] {1024, 3072}, layer, model, false);
    }
}
