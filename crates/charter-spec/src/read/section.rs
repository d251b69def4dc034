//! The one definition of a section: struct, reader, schema and reference come from it.

/// Defines a section. Each field is a key; its doc comment is the key's documentation.
macro_rules! section {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $key_doc:literal])*
                $(@$flag:ident $(($argument:tt))?)*
                $field:ident : $type:ty,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $(
                $(#[doc = $key_doc])*
                pub $field: $type,
            )*
        }
    };
}
