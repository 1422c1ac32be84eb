package dev.jerboa.model.checkpoint;

/** The encodings of published folders that tests read: what they are called, and the reference folder that is written so. */
enum PublishedEncoding {
    /** 4-bit integers of compressed-tensors. */
    INTEGERS("kimi_k2_k25wrap", "INT4"),
    BLOCKS("gpt_oss", "MXFP4"),
    FOURS("deepseek_v3", "FP4"),
    ONE_SCALE("ministral3_mistral3wrap", "FP8"),
    ROW_SCALES("qwen2_moe", "FP8"),
    TILES("deepseek_v3", "FP8"),
    EXPONENT_SCALES("deepseek_v4", "FP8"),
    EXPERTS_IN_FOUR("deepseek_v4", "FP4"),
    /** 4-bit integers of GPTQ. */
    GPTQ("qwen2", "GPTQ"),
    /** 4-bit integers of AWQ. */
    AWQ("llama3", "AWQ");

    private final String folder;
    private final String title;

    PublishedEncoding(String folder, String title) {
        this.folder = folder;
        this.title = title;
    }

    /** The reference folder, of {@code oracle/hf}. */
    String folder() {
        return folder;
    }

    /** For people. */
    String title() {
        return title;
    }
}
