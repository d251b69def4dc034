//! The contract of what comes in, as a start.

use super::charter::Writer;
use super::contract::{Column, contract};
use super::question::Kind;
use crate::foreign::slug;

impl Writer<'_> {
    pub(super) fn request(&self) -> String {
        let column = |name: &str, logical, physical, about: &str, options: Vec<(&'static str, String)>| Column {
            name: name.to_owned(),
            logical,
            physical,
            list: false,
            required: true,
            about: Some(about.to_owned()),
            options,
            values: Vec::new(),
        };
        let columns = match self.kind {
            Kind::Assistant => vec![
                column("text", "string", "BYTES", "a passage", Vec::new()),
                column("source", "string", "BYTES", "where it stands", Vec::new()),
            ],
            _ => vec![column(
                "amount",
                "number",
                "FP32",
                "stands for whatever the first rule looks at; put your own columns here",
                vec![("minimum", "0".to_owned())],
            )],
        };
        let system = slug(self.answer("system").unwrap_or("system"));
        let purpose = "What comes in, as a start: replace the columns by what is really there.";
        let tag = self.answer("data").filter(|class| *class != "none");
        contract(&format!("{system}-request"), "request", purpose, tag, &columns, Some(self.answer("available").unwrap_or("99%")))
    }
}
