//! The name of an element.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

/// Most characters of an id: it becomes a file name, a metric label and a path segment.
pub const ID_LENGTH_MAX: usize = 64;

/// The name of an element, unique within its section: ASCII letters, digits, `-` and `_`, starting with a letter or digit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Box<str>);

impl Id {
    /// Takes a name that follows the rules; says which rule is broken otherwise.
    pub fn new(name: &str) -> Result<Self, &'static str> {
        if name.is_empty() {
            return Err("an id is not empty");
        }
        if name.len() > ID_LENGTH_MAX {
            return Err("an id has at most 64 characters");
        }
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
            return Err("an id holds ASCII letters, digits, `-` and `_`");
        }
        if !name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) {
            return Err("an id starts with a letter or a digit");
        }
        Ok(Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Id {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Id {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Id {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
