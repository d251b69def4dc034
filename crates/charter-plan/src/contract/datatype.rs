//! From the types of a contract to datatypes of the inference protocol.

use crate::tensor::Datatype;

/// The datatype of a physical type: the protocol's own names first, then those of databases. Case does not matter; what stands in parentheses is left out.
pub(super) fn of_physical(name: &str) -> Option<Datatype> {
    let name = name.split('(').next().unwrap_or(name).trim().to_ascii_uppercase();
    Datatype::parse(&name).or_else(|| {
        Some(match name.as_str() {
            "BOOLEAN" => Datatype::Bool,
            "TINYINT" => Datatype::Int8,
            "SMALLINT" | "INT2" => Datatype::Int16,
            "INT" | "INTEGER" | "INT4" => Datatype::Int32,
            "BIGINT" | "LONG" | "INT8_T" => Datatype::Int64,
            "REAL" | "FLOAT" | "FLOAT4" | "FLOAT32" => Datatype::Fp32,
            "DOUBLE" | "DOUBLE PRECISION" | "FLOAT8" | "FLOAT64" | "NUMBER" | "NUMERIC" | "DECIMAL" => Datatype::Fp64,
            "STRING" | "TEXT" | "VARCHAR" | "CHAR" | "BYTES_ARRAY" | "UUID" | "DATE" | "TIMESTAMP" | "TIME" => Datatype::Bytes,
            _ => return None,
        })
    })
}

/// The datatype of a logical type, wide enough for every value that it allows.
pub(super) fn of_logical(name: &str) -> Option<Datatype> {
    Some(match name {
        "string" | "date" | "timestamp" | "time" => Datatype::Bytes,
        "integer" => Datatype::Int64,
        "number" => Datatype::Fp64,
        "boolean" => Datatype::Bool,
        _ => return None,
    })
}

/// The least value of a datatype above `limit`, for limits that exclude their own value.
pub(super) fn above(datatype: Datatype, limit: f64) -> f64 {
    match datatype {
        // The next 32-bit number: what is above the limit there is above it here.
        #[allow(clippy::cast_possible_truncation)]
        Datatype::Fp32 => f64::from((limit as f32).next_up()),
        Datatype::Fp64 | Datatype::Fp16 | Datatype::Bf16 => limit.next_up(),
        _ => limit.floor() + 1.0,
    }
}

/// The greatest value of a datatype below `limit`.
pub(super) fn below(datatype: Datatype, limit: f64) -> f64 {
    -above(datatype, -limit)
}
