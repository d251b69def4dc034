//! A strict reader of JSON text (RFC 8259) that walks bytes in place.
//!
//! Stricter than the RFC where a server must be: duplicate keys are refused, depth is at most 64 and an object has at most 64 keys. Tensors
//! do not belong here.

use super::number::Number;
use smallvec::SmallVec;
use std::borrow::Cow;

/// What is wrong with the text and where, in bytes from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) rule: &'static str,
    pub(super) at: usize,
}

pub(super) const DEPTH_MAX: u8 = 64;
const KEYS_MAX: usize = 64;

#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    depth: u8,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    pub(super) fn wrong(&self, rule: &'static str) -> Wrong {
        Wrong { rule, at: self.at }
    }

    /// Bytes that are left; an upper bound of what the text can still hold.
    pub(super) fn left(&self) -> usize {
        self.text.len().saturating_sub(self.at)
    }

    /// The next byte that is no white space; 0 at the end.
    #[inline]
    pub(super) fn peek(&mut self) -> u8 {
        while let Some(&byte) = self.text.get(self.at) {
            if byte > b' ' || !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return byte;
            }
            self.at += 1;
        }
        0
    }

    /// Takes `byte` when it is next.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let next = self.peek() == byte && self.at < self.text.len();
        self.at += usize::from(next);
        next
    }

    pub(super) fn expect(&mut self, byte: u8, rule: &'static str) -> Result<(), Wrong> {
        if self.take(byte) { Ok(()) } else { Err(self.wrong(rule)) }
    }

    /// Checks that nothing but white space follows.
    pub(super) fn end(&mut self) -> Result<(), Wrong> {
        self.peek();
        if self.at == self.text.len() { Ok(()) } else { Err(self.wrong("nothing may follow the closing brace")) }
    }

    fn enter(&mut self) -> Result<(), Wrong> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(self.wrong("nesting is deeper than 64")) } else { Ok(()) }
    }

    /// Reads an object and gives each key to `field`, which must read the value.
    pub(super) fn object<E: From<Wrong>>(&mut self, mut field: impl FnMut(&mut Self, &str) -> Result<(), E>) -> Result<(), E> {
        self.expect(b'{', "expected an object")?;
        self.enter()?;
        let mut seen: SmallVec<[Cow<'a, str>; 8]> = SmallVec::new();
        if !self.take(b'}') {
            loop {
                if self.peek() != b'"' {
                    return Err(self.wrong("expected a key in double quotes").into());
                }
                let key = self.string()?;
                if seen.contains(&key) {
                    return Err(self.wrong("a key occurs twice in one object").into());
                }
                if seen.len() == KEYS_MAX {
                    return Err(self.wrong("an object has more than 64 keys").into());
                }
                self.expect(b':', "expected a colon after a key")?;
                field(self, &key)?;
                seen.push(key);
                if self.take(b'}') {
                    break;
                }
                self.expect(b',', "expected a comma or a closing brace")?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads an array and calls `item` at each element, which must read it.
    pub(super) fn array<E: From<Wrong>>(&mut self, mut item: impl FnMut(&mut Self) -> Result<(), E>) -> Result<(), E> {
        self.expect(b'[', "expected an array")?;
        self.enter()?;
        if !self.take(b']') {
            loop {
                item(self)?;
                if self.take(b']') {
                    break;
                }
                self.expect(b',', "expected a comma or a closing bracket")?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a string; borrows it where nothing is escaped.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Wrong> {
        self.expect(b'"', "expected a string")?;
        let start = self.at;
        loop {
            match self.text.get(self.at) {
                Some(b'"') => {
                    let text = self.text.get(start..self.at).unwrap_or_default();
                    let text = std::str::from_utf8(text).map_err(|_| self.wrong("a string is not valid UTF-8"))?;
                    self.at += 1;
                    return Ok(Cow::Borrowed(text));
                }
                Some(b'\\') => return self.escaped(start).map(Cow::Owned),
                Some(0..0x20) => return Err(self.wrong("a control character stands unescaped in a string")),
                Some(_) => self.at += 1,
                None => return Err(self.wrong("a string does not end")),
            }
        }
    }

    fn escaped(&mut self, start: usize) -> Result<String, Wrong> {
        let mut bytes = self.text.get(start..self.at).unwrap_or_default().to_vec();
        loop {
            match self.text.get(self.at).copied() {
                Some(b'"') => {
                    self.at += 1;
                    return String::from_utf8(bytes).map_err(|_| self.wrong("a string is not valid UTF-8"));
                }
                Some(b'\\') => {
                    self.at += 1;
                    let letter = self.escape()?;
                    bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(0..0x20) => return Err(self.wrong("a control character stands unescaped in a string")),
                Some(byte) => {
                    bytes.push(byte);
                    self.at += 1;
                }
                None => return Err(self.wrong("a string does not end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Wrong> {
        let letter = self.text.get(self.at).copied();
        self.at += 1;
        Ok(match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.wrong("an escape in a string is not one of JSON's")),
        })
    }

    fn unicode(&mut self) -> Result<char, Wrong> {
        let first = self.hexadecimal()?;
        let code = match first {
            0xd800..=0xdbff => {
                if self.text.get(self.at..self.at + 2) != Some(b"\\u") {
                    return Err(self.wrong("half of a surrogate pair stands alone"));
                }
                self.at += 2;
                let second = self.hexadecimal()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.wrong("half of a surrogate pair stands alone"));
                }
                0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            code => code,
        };
        char::from_u32(code).ok_or_else(|| self.wrong("half of a surrogate pair stands alone"))
    }

    fn hexadecimal(&mut self) -> Result<u32, Wrong> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.text.get(self.at).and_then(|byte| char::from(*byte).to_digit(16));
            value = value * 16 + digit.ok_or_else(|| self.wrong("an escape in a string is not four hexadecimal digits"))?;
            self.at += 1;
        }
        Ok(value)
    }

    /// Reads a number.
    #[inline]
    pub(super) fn number(&mut self) -> Result<Number<'a>, Wrong> {
        self.peek();
        let number = self.text.get(self.at..).and_then(Number::scan).ok_or_else(|| self.wrong("expected a number"))?;
        self.at += number.length();
        Ok(number)
    }

    /// Reads `true` or `false`.
    pub(super) fn boolean(&mut self) -> Result<bool, Wrong> {
        self.peek();
        for (word, value) in [("true", true), ("false", false)] {
            if self.word(word) {
                return Ok(value);
            }
        }
        Err(self.wrong("expected `true` or `false`"))
    }

    /// Takes `null` when it is next.
    pub(super) fn null(&mut self) -> bool {
        self.peek() == b'n' && self.word("null")
    }

    fn word(&mut self, word: &str) -> bool {
        let next = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
        self.at += if next { word.len() } else { 0 };
        next
    }

    /// Reads any value and forgets it, as strictly as the others.
    pub(super) fn skip(&mut self) -> Result<(), Wrong> {
        match self.peek() {
            b'{' => self.object(|cursor, _| cursor.skip()),
            b'[' => self.array(Self::skip),
            b'"' => self.string().map(drop),
            b't' | b'f' => self.boolean().map(drop),
            b'n' if self.null() => Ok(()),
            b'-' | b'0'..=b'9' => self.number().map(drop),
            _ => Err(self.wrong("expected a value")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accepts(text: &[u8]) -> bool {
        let mut cursor = Cursor::new(text);
        cursor.skip().and_then(|()| cursor.end()).is_ok()
    }

    #[test]
    fn strings_are_unescaped_and_lone_surrogates_refused() {
        assert_eq!(Cursor::new(br#""a\u00e9\n\ud83d\ude00""#).string().unwrap(), "aé\n😀");
        for bad in [&br#""\ud83d""#[..], br#""\ude00""#, br#""\x""#, b"\"\n\"", b"\"abc", b"\"\xff\"", br#""\u12""#] {
            assert!(Cursor::new(bad).string().is_err());
        }
    }

    #[test]
    fn duplicate_keys_are_refused_at_any_level_however_they_are_written() {
        assert!(!accepts(br#"{"a":1,"\u0061":2}"#));
        assert!(!accepts(br#"[{"b":{"a":1,"a":2}}]"#));
        assert!(accepts(br#"{"a":{"a":1},"b":[{"a":1},{"a":1}]}"#));
    }

    #[test]
    fn depth_and_keys_have_limits() {
        let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert!(accepts(&nested(64)));
        assert!(!accepts(&nested(65)));
        assert!(!accepts(&vec![b'['; 10_000_000]));
        let keys = |count: usize| format!("{{{}}}", (0..count).map(|key| format!("\"{key}\":0")).collect::<Vec<_>>().join(","));
        assert!(accepts(keys(64).as_bytes()));
        assert!(!accepts(keys(65).as_bytes()));
    }

    proptest! {
        #[test]
        fn what_serde_json_refuses_is_refused(text in r#"[\[\]{}",:0-9a-z\\ .eE+-]{0,24}"#) {
            if accepts(text.as_bytes()) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok() || text.contains('e') || text.contains('E'), "{}", text);
            }
        }

        #[test]
        fn bytes_never_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            accepts(&bytes);
        }
    }
}
