//! The format: HAR 1.2, as far as it is written and read here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) log: Log,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Log {
    pub(super) version: String,
    pub(super) creator: Creator,
    pub(super) entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Creator {
    pub(super) name: String,
    pub(super) version: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) started_date_time: String,
    /// Milliseconds.
    pub(super) time: f64,
    pub(super) request: Request,
    pub(super) response: Response,
    #[serde(default)]
    pub(super) cache: serde_json::Value,
    pub(super) timings: Timings,
    #[serde(default, rename = "serverIPAddress", skip_serializing_if = "Option::is_none")]
    pub(super) server_ip_address: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) http_version: String,
    #[serde(default)]
    pub(super) cookies: Vec<serde_json::Value>,
    pub(super) headers: Vec<Line>,
    #[serde(default)]
    pub(super) query_string: Vec<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) post_data: Option<PostData>,
    pub(super) headers_size: i64,
    pub(super) body_size: i64,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData {
    pub(super) mime_type: String,
    pub(super) text: String,
    /// Not of HAR 1.2: the text is base64, since the body is not UTF-8.
    #[serde(default, rename = "_encoding", skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response {
    /// 0: there was none.
    pub(super) status: u16,
    #[serde(default)]
    pub(super) status_text: String,
    pub(super) http_version: String,
    #[serde(default)]
    pub(super) cookies: Vec<serde_json::Value>,
    pub(super) headers: Vec<Line>,
    pub(super) content: Content,
    #[serde(default, rename = "redirectURL")]
    pub(super) redirect_url: String,
    pub(super) headers_size: i64,
    pub(super) body_size: i64,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    pub(super) size: i64,
    pub(super) mime_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<String>,
    /// Not of HAR 1.2: the bytes are those of the wire, with their content coding. A browser writes decoded ones.
    #[serde(default, rename = "_coded", skip_serializing_if = "std::ops::Not::not")]
    pub(super) coded: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) value: String,
}

/// Milliseconds; -1 where a step was not needed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Timings {
    #[serde(default)]
    pub(super) blocked: f64,
    #[serde(default)]
    pub(super) dns: f64,
    #[serde(default)]
    pub(super) connect: f64,
    pub(super) send: f64,
    pub(super) wait: f64,
    pub(super) receive: f64,
    #[serde(default)]
    pub(super) ssl: f64,
}

/// The bytes as text, or as base64 and that word.
pub(super) fn encode(bytes: &[u8]) -> (String, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (STANDARD.encode(bytes), Some("base64".into())),
    }
}

/// What [`encode`] made; `None` for broken base64 or another encoding.
pub(super) fn decode(text: &str, encoding: Option<&str>) -> Option<Vec<u8>> {
    match encoding {
        None | Some("") => Some(text.as_bytes().to_vec()),
        Some("base64") => STANDARD.decode(text).ok(),
        Some(_) => None,
    }
}
