//! What is driven.
use chandler_proto::layout::{self, Key};

/// A thing whose jobs are driven, by the ids of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// An instance alone, without what the binding worker does.
    Instance(String),
    /// One binding of an instance.
    Binding(String, String),
    /// An instance with all its bindings; its own record tells when it has ended.
    Whole(String),
}

impl Thing {
    /// An instance alone.
    pub fn instance(id: &str) -> Self {
        Thing::Instance(id.to_owned())
    }
    /// One binding.
    pub fn binding(instance: &str, binding: &str) -> Self {
        Thing::Binding(instance.to_owned(), binding.to_owned())
    }
    /// An instance with all its bindings.
    pub fn whole(id: &str) -> Self {
        Thing::Whole(id.to_owned())
    }
    /// The key of its own record.
    pub fn key(&self) -> Key {
        match self {
            Thing::Instance(id) | Thing::Whole(id) => layout::instance_key(id),
            Thing::Binding(instance, binding) => layout::binding_key(instance, binding),
        }
    }
    /// Whether a wake with this key belongs to it.
    pub(super) fn is_about(&self, key: &str) -> bool {
        let of_bindings = |id: &str| layout::bindings_filter(id).trim_end_matches('*').to_owned();
        self.key().as_str() == key
            || match self {
                Thing::Instance(_) | Thing::Binding(..) => false,
                Thing::Whole(id) => key.starts_with(&of_bindings(id)),
            }
    }
}
