//! Colour and weight, or neither.

/// How text is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    colour: bool,
}

impl Paint {
    pub const fn new(colour: bool) -> Self {
        Self { colour }
    }

    pub const fn plain() -> Self {
        Self { colour: false }
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    pub fn bad(self, text: &str) -> String {
        self.with("31", text)
    }

    pub fn careful(self, text: &str) -> String {
        self.with("33", text)
    }

    pub fn name(self, text: &str) -> String {
        self.with("36", text)
    }
}
