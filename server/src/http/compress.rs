//! Compression of public answers: the best encoding the caller takes, at the best level, made once
//! and kept in this process under the hash of what was compressed. Not kept in Redis: a loader is
//! code, and nothing that runs in a visitor's browser comes from a store that others can write.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use ouinon_domain::canonical::sha256;
use std::io::Write;

/// Bytes of compressed answers kept.
const KEPT: u64 = 64 * 1024 * 1024;

/// How an answer is encoded (RFC 9110 section 8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
    /// Not at all.
    Identity,
}

impl Encoding {
    /// The best encoding the caller takes.
    pub fn of(request: &HttpRequest) -> Self {
        let header = request.headers().get(header::ACCEPT_ENCODING);
        let text = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let takes = |name: &str| {
            text.split(',').any(|part| {
                let (coding, weight) = part.split_once(';').unwrap_or((part, "q=1"));
                let refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
                coding.trim().eq_ignore_ascii_case(name) && !refused
            })
        };
        match (takes("br"), takes("gzip")) {
            (true, _) => Self::Brotli,
            (_, true) => Self::Gzip,
            _ => Self::Identity,
        }
    }

    /// `Content-Encoding`.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// How a built file in this encoding is called.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }

    fn encode(self, body: &Bytes) -> std::io::Result<Bytes> {
        match self {
            Self::Brotli => {
                let mut out = Vec::new();
                let mut writer = brotli::CompressorWriter::new(&mut out, 4096, 11, 20);
                writer.write_all(body)?;
                // Ends the stream; to flush it before would add an empty block.
                drop(writer);
                Ok(out.into())
            }
            Self::Gzip => {
                let mut writer =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                writer.write_all(body)?;
                Ok(writer.finish()?.into())
            }
            Self::Identity => Ok(body.clone()),
        }
    }
}

/// Compressed answers.
#[derive(Debug)]
pub struct Compressed(moka::sync::Cache<([u8; 32], Encoding), Bytes>);

impl Default for Compressed {
    fn default() -> Self {
        let weight = |_: &_, body: &Bytes| u32::try_from(body.len()).unwrap_or(u32::MAX);
        Self(moka::sync::Cache::builder().max_capacity(KEPT).weigher(weight).build())
    }
}

impl Compressed {
    /// A public answer that any page may read, in the best encoding the caller takes.
    pub fn answer(&self, request: &HttpRequest, kind: &'static str, body: Bytes) -> Prepared {
        let encoding = Encoding::of(request);
        let make = || encoding.encode(&body);
        let made = self.0.try_get_with((sha256(&body), encoding), make);
        // Writing into memory does not fail; if it did, the plain bytes are as good.
        let (encoding, body) = match made {
            Ok(made) => (encoding, made),
            Err(_) => (Encoding::Identity, body),
        };
        let mut builder = HttpResponse::Ok();
        builder
            .content_type(kind)
            .insert_header((header::VARY, "Accept-Encoding"))
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
        if let Some(name) = encoding.name() {
            builder.insert_header((header::CONTENT_ENCODING, name));
        }
        Prepared { builder, body }
    }
}

/// An answer that may still get headers.
pub struct Prepared {
    builder: HttpResponseBuilder,
    body: Bytes,
}

impl Prepared {
    /// Adds a header.
    pub fn insert_header(&mut self, header: impl header::TryIntoHeaderPair) -> &mut Self {
        self.builder.insert_header(header);
        self
    }

    /// The answer.
    pub fn take_body(&mut self) -> HttpResponse {
        self.builder.body(std::mem::take(&mut self.body))
    }
}
