//! Views and styles: those of the workspace that the charter was taken from as they are, then those that follow from the charter.

use super::Writer;
use crate::c4::{Architecture, Element, Kind, Level, Tag, View};
use charter_draft::structurizr::{FOLLOWS, Home};

impl Writer<'_> {
    pub(super) fn views(&mut self) {
        self.line(1, "views {");
        self.texts(Home::Views, 2);
        for view in &self.architecture.views {
            self.view(view);
        }
        self.styles();
        self.line(1, "}");
    }

    fn styles(&mut self) {
        let styles = [
            ("Person", "shape person"),
            ("store", "shape cylinder"),
            ("queue", "shape pipe"),
            (Tag::External.word(), "background #8a8f98\ncolor #ffffff"),
            (Tag::Critical.word(), "stroke #b3261e\nstrokeWidth 4"),
        ];
        // A tag has one style, and the workspace's own comes first.
        let styles: Vec<_> = styles.into_iter().filter(|(tag, _)| !self.merge.has_style(tag)).collect();
        if styles.is_empty() {
            return;
        }
        self.line(2, "styles {");
        self.line(3, FOLLOWS);
        for (tag, style) in styles {
            self.line(3, &format!("element \"{tag}\" {{"));
            style.lines().for_each(|line| self.line(4, line));
            self.line(3, "}");
        }
        self.line(2, "}");
    }

    /// A key that no view of the workspace has.
    fn key(&self, view: &View) -> String {
        if self.merge.names_view(&view.key) { format!("charter-{}", view.key) } else { view.key.clone() }
    }

    fn view(&mut self, view: &View) {
        let architecture = self.architecture;
        let of = architecture.element(view.of);
        let (word, fits): (&str, bool) = match view.level {
            Level::Context => ("systemContext", of.kind == Kind::System),
            Level::Container => ("container", of.kind == Kind::System),
            Level::Component => ("component", of.kind == Kind::Container),
            Level::Code if view.span.is_none() => return,
            Level::Code => ("", false),
        };
        if !fits {
            self.out.note(
                format!("Structurizr has no {} view of `{}`: view `{}` is left out", view.level.word(), of.key, view.key),
                view.span.unwrap_or(of.span),
            );
            return;
        }
        let shown: Vec<&Element> =
            view.elements.iter().map(|id| architecture.element(*id)).filter(|element| may_show(architecture, view, element)).collect();
        let missing = view.elements.len() - shown.len();
        // The container that stands for our whole system is the system.
        let shown: Vec<&Element> = shown.into_iter().filter(|element| !self.merge.is_whole(element.id)).collect();
        if missing > 0 {
            self.out.note(
                format!("view `{}` shows elements of another level; Structurizr leaves them out", view.key),
                view.span.unwrap_or(of.span),
            );
        }
        let about = self.string(&view.about, Some(of));
        let heading = format!("{word} {} \"{}\" {about} {{", self.name(of.id), self.key(view));
        self.line(2, &heading);
        self.line(3, FOLLOWS);
        let title = format!("title {}", self.string(&view.title, Some(of)));
        self.line(3, &title);
        let names: Vec<&str> = shown.iter().map(|element| self.name(element.id)).collect();
        let include = format!("include {}", names.join(" "));
        if !shown.is_empty() {
            self.line(3, &include);
        }
        self.line(3, "autolayout lr");
        self.line(2, "}");
    }
}

/// Which elements a view of this level may hold.
fn may_show(architecture: &Architecture, view: &View, element: &Element) -> bool {
    match (view.level, element.kind) {
        (_, Kind::Person) => true,
        (Level::Context, Kind::System) => true,
        (_, Kind::System) => element.id != architecture.system().id,
        (Level::Container, Kind::Container) => true,
        (Level::Component, Kind::Container) => element.id != view.of,
        (Level::Component, Kind::Component) => true,
        _ => false,
    }
}
