//! A method for each verb, and aquests' short forms.

use super::body;
use super::handle::Handle;
use super::request::BatchRequest;
use crate::message::form::Pair;
use crate::message::multipart::Form;

macro_rules! verbs {
    ($($name:ident $method:literal)*) => { $(
        #[doc = concat!("A `", $method, "` request.")]
        pub fn $name(&self, url: impl AsRef<str>) -> BatchRequest {
            self.request($method, url)
        }
    )* };
}

macro_rules! accepting {
    ($($name:ident $method:literal $accepted:literal)*) => { $(
        #[doc = concat!("A `", $method, "` request that accepts `", $accepted, "`.")]
        pub fn $name(&self, url: impl AsRef<str>) -> BatchRequest {
            self.request($method, url).header("Accept", $accepted)
        }
    )* };
}

macro_rules! short_forms {
    ($($method:literal $form:ident $xml:ident $nvp:ident)*) => { $(
        #[doc = concat!("A `", $method, "` request with pairs as its body, as HTML forms send them.")]
        pub fn $form<P: Pair>(&self, url: impl AsRef<str>, pairs: impl IntoIterator<Item = P>) -> BatchRequest {
            self.request($method, url).form(pairs)
        }

        #[doc = concat!("A `", $method, "` request with a document, text or bytes in UTF-8, as its body, `text/xml`.")]
        pub fn $xml(&self, url: impl AsRef<str>, document: impl Into<Vec<u8>>) -> BatchRequest {
            self.request($method, url).xml(document)
        }

        #[doc = concat!("A `", $method, "` request with pairs as its body, `text/namevalue`.")]
        pub fn $nvp<P: Pair>(&self, url: impl AsRef<str>, pairs: impl IntoIterator<Item = P>) -> BatchRequest {
            self.request($method, url).nvp(pairs)
        }
    )* };
}

impl Handle {
    verbs! {
        get "GET"
        head "HEAD"
        post "POST"
        put "PUT"
        patch "PATCH"
        delete "DELETE"
        options "OPTIONS"
        trace "TRACE"
    }

    accepting! {
        get_json "GET" "application/json"
        delete_json "DELETE" "application/json"
        get_xml "GET" "text/xml"
        delete_xml "DELETE" "text/xml"
    }

    short_forms! {
        "POST" post_form post_xml post_nvp
        "PUT" put_form put_xml put_nvp
        "PATCH" patch_form patch_xml patch_nvp
    }

    /// A `POST` request with fields and files, streamed, as `multipart/form-data`.
    pub fn upload(&self, url: impl AsRef<str>, form: Form) -> BatchRequest {
        self.request("POST", url).multipart(form)
    }

    /// A `POST` request with a `multipart/form-data` body that is complete; its boundary is read from its first line.
    pub fn upload_raw(&self, url: impl AsRef<str>, body: impl Into<Vec<u8>>) -> BatchRequest {
        self.request("POST", url).checked(body::raw_multipart(body.into()))
    }
}
