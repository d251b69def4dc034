//! A value of a charter that is about to be written.

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text: in quotes only where the language would read something else.
    Text(String),
    /// A number or truth value, or a flow collection in its final form; never quoted.
    Raw(String),
    /// Several values.
    List(Vec<Value>),
    /// Named values in order.
    Map(Map),
}

/// Named values in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    pub(crate) pairs: Vec<Pair>,
    /// Lines of comment behind the last pair.
    pub(crate) below: Vec<String>,
    /// Whether it may stand on one line.
    pub(super) block: bool,
}

/// A named value with what is said about it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) value: Value,
    /// Lines of comment above; an empty one is an empty line.
    pub(super) above: Vec<String>,
    /// A comment on the same line.
    pub(super) beside: Option<String>,
}

impl Map {
    /// No pairs yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is neither a pair nor a comment.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.below.is_empty()
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether a key is there.
    pub fn contains(&self, key: &str) -> bool {
        self.pairs.iter().any(|pair| pair.key == key)
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.pairs.iter().find(|pair| pair.key == key).map(|pair| &pair.value)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|pair| pair.key.as_str())
    }

    /// Every pair on a line of its own, however short.
    #[must_use]
    pub fn block(mut self) -> Self {
        self.block = true;
        self
    }

    /// Adds a value; an empty list, map or text is left out, since the language takes it for a mistake. Under a key that is there, texts are joined, and of
    /// other values the first stays.
    pub fn put(&mut self, key: impl Into<String>, value: impl Into<Value>) -> &mut Self {
        let (mut key, value): (String, Value) = (key.into(), value.into());
        if value.is_blank() {
            return self;
        }
        if key.is_empty() {
            // A foreign key without a letter that an id takes.
            "more".clone_into(&mut key);
        }
        match self.pairs.iter_mut().find(|pair| pair.key == key).map(|pair| &mut pair.value) {
            None => self.pairs.push(Pair { key, value, above: Vec::new(), beside: None }),
            Some(Value::Text(known)) => {
                if let Value::Text(more) = value
                    && *known != more
                {
                    known.push_str("; ");
                    known.push_str(&more);
                }
            }
            Some(_) => {}
        }
        self
    }

    /// Puts a value before the pair at a position.
    pub fn insert(&mut self, at: usize, key: impl Into<String>, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_blank() {
            let pair = Pair { key: key.into(), value, above: Vec::new(), beside: None };
            self.pairs.insert(at.min(self.pairs.len()), pair);
        }
    }

    /// Adds text when there is some.
    pub fn put_some(&mut self, key: &str, text: Option<impl Into<Value>>) -> &mut Self {
        if let Some(text) = text {
            self.put(key, text);
        }
        self
    }

    /// Puts a value under a key, in place of the one that is there.
    pub fn replace(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.pairs.iter_mut().find(|pair| pair.key == key) {
            Some(pair) => pair.value = value,
            None => drop(self.put(key, value)),
        }
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &str) {
        self.pairs.retain(|pair| pair.key != key);
    }

    /// Puts the pairs in the order of what their keys give; pairs that give the same stay as they are.
    pub(crate) fn sort_by_key<K: Ord>(&mut self, place: impl Fn(&str) -> K) {
        self.pairs.sort_by_key(|pair| place(&pair.key));
    }

    /// The same with a value added.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.put(key, value);
        self
    }

    /// A comment beside the last pair.
    pub fn beside(&mut self, comment: impl Into<String>) -> &mut Self {
        if let Some(last) = self.pairs.last_mut() {
            last.beside = Some(one_line(&comment.into()));
        }
        self
    }

    /// Comments above the last pair.
    pub fn above(&mut self, comments: impl IntoIterator<Item = impl Into<String>>) -> &mut Self {
        if let Some(last) = self.pairs.last_mut() {
            last.above.extend(comments.into_iter().map(|line| one_line(&line.into())));
        }
        self
    }

    /// A line of comment behind everything that is there so far.
    pub fn below(&mut self, comment: impl Into<String>) -> &mut Self {
        self.below.push(one_line(&comment.into()));
        self
    }
}

/// A comment ends with its line: control characters become spaces.
fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|character| if is_line_breaking(character) { ' ' } else { character }).collect();
    text.trim_end().to_owned()
}

fn is_line_breaking(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

impl Value {
    /// A truth value.
    pub fn truth(value: bool) -> Self {
        Self::Raw(value.to_string())
    }

    /// Whether nothing would stand behind the key.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) | Self::Raw(text) => text.trim().is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(map) => map.is_empty(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::truth(truth)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).filter(|item| !item.is_blank()).collect())
    }
}
