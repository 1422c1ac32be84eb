package dev.jerboa.model.safetensors;

import dev.jerboa.kernel.dtype.DType;
import org.jspecify.annotations.Nullable;

/** What safetensors headers call the types. */
final class TypeNames {
    private TypeNames() {}

    /** The type with this name, or null. */
    static @Nullable DType type(String name) {
        return switch (name) {
            case "F64" -> DType.F64;
            case "F32" -> DType.F32;
            case "F16" -> DType.F16;
            case "BF16" -> DType.BF16;
            case "F8_E4M3" -> DType.F8_E4M3;
            case "F8_E5M2" -> DType.F8_E5M2;
            case "F8_E8M0" -> DType.F8_E8M0;
            case "F4" -> DType.F4_E2M1;
            case "I64" -> DType.I64;
            case "I32" -> DType.I32;
            case "I16" -> DType.I16;
            case "I8" -> DType.I8;
            case "U64" -> DType.U64;
            case "U32" -> DType.U32;
            case "U16" -> DType.U16;
            case "U8" -> DType.U8;
            case "BOOL" -> DType.BOOL;
            default -> null;
        };
    }

    /** The name of a type, or null where safetensors has none for it. */
    static @Nullable String name(DType type) {
        String name = type == DType.F4_E2M1 ? "F4" : type.name();
        return type(name) == type ? name : null;
    }
}
