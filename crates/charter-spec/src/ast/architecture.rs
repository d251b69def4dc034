//! What the C4 views cannot derive from the other sections.

use crate::names::{Entries, Field, FileRef, List, Named, Ref, Workspace, target};

section! {
    /// What the C4 views cannot derive: people, containers, components, and views beyond the standard ones.
    pub struct Architecture {
        /// People who use it.
        people: Entries<Person>,
        /// Deployable parts.
        containers: Entries<Container>,
        /// Views beyond the standard ones.
        views: Entries<View>,
        /// The Structurizr workspace that it was taken from, and the files that this one includes. What the charter has no word for stays there, and an
        /// export to Structurizr writes it back.
        workspace: List<FileRef<Workspace>>,
    }
}

section! {
    /// Someone who uses the system.
    pub struct Person {
        /// What they do.
        @shorthand about: Field<String>,
        /// What they use, with the verb: `{ gateway: asks }`.
        uses: Named<Relation>,
        /// Free facts about them, for documents.
        facts: Entries<String>,
    }
}

section! {
    /// A deployable part.
    pub struct Container {
        /// What it is made with.
        tech: Field<String>,
        /// What it does.
        about: Field<String>,
        /// The layer that it belongs to.
        layer: Field<String>,
        /// What it talks to: names, or names with the verb.
        talks_to: Named<Relation>,
        /// What uses it.
        used_by: Named<Relation>,
        /// Its parts.
        components: Entries<Component>,
        /// Whether it lies on a critical path, so that its code is worth a view.
        critical: Field<bool>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// Free facts about it, for documents.
        facts: Entries<String>,
    }
}

section! {
    /// A part of a container.
    pub struct Component {
        /// What it does.
        @shorthand about: Field<String>,
        /// What it is made with.
        tech: Field<String>,
        /// What it talks to: names, or names with the verb.
        talks_to: Named<Relation>,
        /// Whether it lies on a critical path.
        critical: Field<bool>,
        /// Free facts about it, for documents.
        facts: Entries<String>,
    }
}

section! {
    /// What one part has to do with another.
    pub struct Relation {
        /// The verb: `asks`, `writes to`.
        @shorthand verb: Field<String>,
        /// The protocol.
        via: Field<String>,
    }
}

section! {
    /// A view.
    pub struct View {
        /// Its level.
        level: Field<C4Level>,
        /// The element that it opens.
        of: Field<Ref<target::Element>>,
        /// What is in it; everything at that level without it.
        shows: List<Ref<target::Element>>,
        /// What is left out.
        hides: List<Ref<target::Element>>,
        /// For whom it is.
        audience: List<String>,
        /// What it shows, in words.
        about: Field<String>,
    }
}

words! {
    /// A level of C4.
    pub enum C4Level {
        /// The system among others.
        Context = "context",
        /// Its deployable parts.
        Container = "container",
        /// Their parts.
        Component = "component",
        /// Code.
        Code = "code",
    }
}
