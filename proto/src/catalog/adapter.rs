//! The plan as the adapter gets it.
use super::{Errand, Plan, maintenance::hex};
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

impl Plan {
    /// The value `plan` (and `previous_plan`) of an adapter call. The plan's id and name are not in
    /// it, as with ODB.
    pub fn adapter_json(&self) -> Value {
        let mut out = Map::new();
        out.insert("properties".into(), Value::Object(self.properties.clone()));
        out.insert("lifecycle_errands".into(), self.errands_json());
        out.insert("instance_groups".into(), json!(self.instance_groups));
        if let Some(update) = &self.update {
            out.insert("update".into(), json!(update));
        }
        Value::Object(out)
    }

    /// By what two processes see that they have the same plan for the adapter: the SHA-256, in hexadecimal, of the text
    /// of [`Plan::adapter_json`].
    pub fn adapter_digest(&self) -> String {
        hex(digest(&SHA256, self.adapter_json().to_string().as_bytes()).as_ref())
    }

    /// Only what there is, and places as they are configured.
    fn errands_json(&self) -> Value {
        let errand = |errand: &Errand| {
            let mut out = Map::new();
            out.insert("name".into(), json!(errand.name));
            if !errand.instances.is_empty() {
                let places: Vec<_> = errand.instances.iter().map(ToString::to_string).collect();
                out.insert("instances".into(), json!(places));
            }
            Value::Object(out)
        };
        let errands = &self.lifecycle_errands;
        let kinds = [
            ("post_deploy", &errands.post_deploy),
            ("pre_delete", &errands.pre_delete),
        ];
        let some = kinds.into_iter().filter(|(_, all)| !all.is_empty());
        let members = some.map(|(kind, all)| (kind.to_owned(), Value::Array(all.iter().map(errand).collect())));
        Value::Object(members.collect())
    }
}
