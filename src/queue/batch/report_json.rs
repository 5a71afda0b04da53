//! A report as JSON, or as whatever else serde writes.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::report::Report;

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let versions: BTreeMap<&str, u64> = self.versions.iter().map(|(version, n)| (version.as_str(), *n)).collect();
        let failures: BTreeMap<String, u64> = self.failures.iter().map(|(kind, n)| (format!("{kind:?}"), *n)).collect();
        let mut fields = serializer.serialize_struct("Report", 12)?;
        fields.serialize_field("requests", &self.requests)?;
        fields.serialize_field("seconds", &self.duration.as_secs_f64())?;
        fields.serialize_field("requests_per_second", &self.requests_per_second())?;
        fields.serialize_field("bytes", &self.bytes)?;
        fields.serialize_field("bytes_per_second", &self.bytes_per_second())?;
        fields.serialize_field("statuses", &self.statuses)?;
        fields.serialize_field("versions", &versions)?;
        fields.serialize_field("connections", &self.connections)?;
        fields.serialize_field("most_connections", &self.most_connections)?;
        fields.serialize_field("failures", &failures)?;
        fields.serialize_field("panics", &self.panics)?;
        fields.serialize_field("unfinished", &self.unfinished)?;
        fields.end()
    }
}
