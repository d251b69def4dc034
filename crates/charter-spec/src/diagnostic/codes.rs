//! The family Y: what the reader reports. One table: code, title and page.

use super::Severity;

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal, $page:literal;)*) => {
        /// A code of the family Y.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Code { $($name,)* }

        /// Every code in order.
        pub const CODES: &[Code] = &[$(Code::$name,)*];

        impl Code {
            /// The code: `Y001`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it means, in a line.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Its page, in Markdown.
            pub fn page(self) -> &'static str {
                match self { $(Self::$name => $page,)* }
            }
        }
    };
}

impl Code {
    /// How bad it is: what cannot be read is an error.
    pub fn severity(self) -> Severity {
        Severity::Error
    }
}

/// The code and its page; `None` for a code of another family.
pub fn explain(code: &str) -> Option<Code> {
    CODES.iter().copied().find(|known| known.name().eq_ignore_ascii_case(code))
}

codes! {
    Syntax = "Y001", "the document is no YAML",
        "The text cannot be parsed. What was read before the place is still checked, so fix this one first: other problems may only follow from it.\n\n```yaml\nload: { peak: 10 rps        # the brace is never closed\n```";
    Utf8 = "Y002", "the document is not UTF-8",
        "A charter is UTF-8 text. The place is the first byte that is none; save the file as UTF-8.";
    Limit = "Y003", "the document is beyond a limit",
        "Reading is bounded, so that no document can stop the tool: 2 MiB over all files, 64 levels, 200,000 values, 20,000 elements. Split data from promises: tables, contracts and samples are files of their own.";
    Document = "Y004", "a charter is one mapping",
        "A charter is one document, and a mapping of sections at the top. An empty file, a second document after `---`, or a list at the top is something else.";
    Anchor = "Y005", "anchors, aliases, tags and merge keys are not read",
        "`&name`, `*name`, `!tag` and `<<:` make a document mean something that is not written where it is read. Write the value again, or give it an id and refer to it.";
    Key = "Y006", "a key is a plain word",
        "Keys are text. A list, a mapping, or a missing key before the colon names nothing.";
    Duplicate = "Y007", "a key is written twice",
        "The second one would hide the first, or the other way round. Both places are shown; across included files ids stay global.";
    Trap = "Y008", "YAML versions disagree about this value",
        "`on`, `off`, `yes` and `no` are true and false to YAML 1.1 and text to YAML 1.2; `012` is ten to the one and twelve to the other; `1:30` is ninety to the one and text to the other. Write `true` or `false`, or put the value in quotes.";
    UnknownKey = "Y009", "there is no such key here",
        "A key that nobody reads is a promise that nobody keeps. The nearest known key is suggested; `charter schema` lists them all.";
    MissingKey = "Y010", "a key is missing",
        "The section means nothing without this key.";
    Empty = "Y011", "a key has no value",
        "The key is there and nothing stands behind it. Write the value, or remove the key: a hole that is known is asked for, an empty value is a mistake.";
    Type = "Y012", "a value has the wrong shape",
        "Text stands where a mapping is meant, a list where one value is meant, and so on.";
    Word = "Y013", "the word is not one of those known here",
        "The key takes one of a few words. The nearest one is suggested.";
    Id = "Y014", "an id is not well formed",
        "An id becomes a file name, a metric label and a path segment: ASCII letters, digits, `-` and `_`, starting with a letter or digit, at most 64 characters.";
    Quantity = "Y015", "a quantity cannot be read",
        "A quantity is a number and a unit: `80ms`, `7GB`, `10_000 rps`, `480 USD/month`, `99.9%`, `8w`, `200/s`, `250 rps/replica`, `5pp`. Amounts beyond every real one are refused, so that sums and products stay numbers: more than 1,000 years, a zettabyte, or 1e15 of anything else, and less than 1e-15 that is not 0.";
    Dimension = "Y016", "dimensions do not mix",
        "A time is no amount of memory, and euros are no dollars. Both places are shown.";
    Range = "Y017", "a value is out of range",
        "A share is between 0 and 100 %, also as the target of a share such as recall; a count is whole and not negative; what other figures are divided by or multiplied with is above 0; a safety factor is at least 1; a request has 1 to 1,000,000 rows; a range runs from the lower to the higher value.";
    Measure = "Y018", "a measure cannot be read",
        "`measure := term op value ['over' window] ['at' percent 'confidence'] ['by' dimensions]`, for example `p99(latency) < 200ms over 28d`, `ratio(answered) >= 99.9%`, `recall at fpr <= 1% >= 0.60 by class`, `uplift(ndcg@10 vs popularity) >= 5%`. Metrics of your own are allowed; one that is a letter away from a known one is taken for a mistake.";
    Date = "Y019", "a date or time cannot be read",
        "A day is written `2027-05-21` and must exist; a time of day `17:45`, with `daily`, `weekdays`, `weekends` or a day behind it.";
    Path = "Y020", "a path leaves the charter's folder",
        "Paths are relative to the file that names them, with `/`, and stay inside the folder of the root document. Absolute paths and `..` beyond it would make the charter mean something else on another machine.";
    Include = "Y021", "a part of the charter cannot be included",
        "The file is missing, includes itself over others, or holds a head key that only the root document may have.";
    Reference = "Y022", "a reference leads nowhere",
        "The id is not declared in the sections that are meant. The nearest one is suggested, with the place where it is declared.";
    Cycle = "Y023", "references form a circle",
        "Each would come before the other. The steps of the circle are shown.";
    Node = "Y024", "it is not clear what answers",
        "A node has exactly one of `model`, `ladder`, `split`, `sequence`, `rule`, `static` and `lookup`.";
    Version = "Y025", "the version of the language is unknown",
        "This reader knows `charter: 1`.";
    TooMany = "Y026", "there are more problems than are shown",
        "After 200 problems the rest is left out. Fix the first ones; many of the others often follow from them.";
}
