//! Plain scalars that YAML 1.1 and YAML 1.2 read as different things.

/// Why a plain scalar is a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trap {
    /// `yes`, `no`, `on`, `off`: a truth value to YAML 1.1.
    Truth(bool),
    /// `012`: octal to YAML 1.1.
    Octal,
    /// `1:30`: sixty times one and thirty to YAML 1.1.
    Sexagesimal,
    /// `0x1F`, `0o17`, `0b1`: a number in another base.
    Based,
}

/// The trap that a plain scalar is.
pub(crate) fn trap(text: &str) -> Option<Trap> {
    // `y` and `n` are left out: they are names more often than truth values, and no common reader takes them as such.
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some(Trap::Truth(true)),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some(Trap::Truth(false)),
        _ => {}
    }
    let number = text.strip_prefix(['-', '+']).unwrap_or(text);
    let bytes = number.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    if ["0x", "0o", "0b"].iter().any(|prefix| number.strip_prefix(prefix).is_some_and(is_hex)) {
        return Some(Trap::Based);
    }
    if bytes.len() > 1 && bytes.first() == Some(&b'0') && bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'_') {
        return Some(Trap::Octal);
    }
    let parts: Vec<&str> = number.split(':').collect();
    let sexagesimal = parts.len() > 1
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        && parts.iter().skip(1).all(|part| part.len() <= 2);
    sexagesimal.then_some(Trap::Sexagesimal)
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'_')
}

/// Whether a plain scalar is nothing to YAML.
pub(crate) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// The truth value of a plain scalar to YAML 1.2.
pub(crate) fn bool_word(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Whether a plain scalar is a number to YAML 1.2's core schema.
pub(crate) fn looks_numeric(text: &str) -> bool {
    if matches!(text.trim_start_matches(['-', '+']), ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let based = |prefix: &str, valid: fn(&u8) -> bool| {
        text.strip_prefix(prefix).is_some_and(|digits| !digits.is_empty() && digits.as_bytes().iter().all(valid))
    };
    if based("0x", u8::is_ascii_hexdigit) || based("0o", |byte| (b'0'..=b'7').contains(byte)) {
        return true;
    }
    let number = text.strip_prefix(['-', '+']).unwrap_or(text);
    let first_is_number = number.as_bytes().first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.');
    // The standard parser takes `inf` and `nan` too, and they start with letters.
    first_is_number && number.bytes().any(|byte| byte.is_ascii_digit()) && number.parse::<f64>().is_ok()
}
