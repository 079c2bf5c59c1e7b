//! A visitor's own signature, checked again: the key signed the stored message, and the message
//! says what the record says.

use crate::consent::{body, browser_key};
use ouinon_domain::choice::{Assurance, Choices, Method, Vendors};
use ouinon_domain::ids::{NoticeHash, RecordId, VisitorId};
use ouinon_domain::record::Record;
use serde::Deserialize;
use serde_json::Number;

/// The body that was signed.
#[derive(Deserialize)]
struct Message {
    id: RecordId,
    visitor: VisitorId,
    action: ouinon_domain::choice::Action,
    public_key: String,
    notice: Option<NoticeHash>,
    base_version: Option<Number>,
    #[serde(default)]
    choices: Choices,
    #[serde(default)]
    vendors: Vendors,
    language: Option<String>,
    method: Option<Method>,
    page: Option<String>,
    gesture: Option<Gesture>,
}

#[derive(Deserialize)]
struct Gesture {
    trusted: bool,
    visible: bool,
}

/// The field that is wrong, and why.
pub type Wrong = (&'static str, &'static str);

/// Checks the signature of a record that has one.
pub fn check(record: &Record) -> Result<(), Wrong> {
    let personal = record.personal.as_ref().ok_or(("personal", "the person was forgotten"))?;
    let key = personal.browser_key.as_deref().unwrap_or_default();
    let signature = personal.browser_signature.as_deref().unwrap_or_default();
    let message = personal.browser_message.as_deref();
    let message = message.ok_or(("browser_message", "what the visitor signed is not stored"))?;
    browser_key::verify(message, key, signature)
        .map_err(|_| ("browser_signature", "the visitor's key did not sign the stored message"))?;
    let said: Message = serde_json::from_str(message)
        .map_err(|_| ("browser_message", "what the visitor signed cannot be read"))?;
    let gesture = said.gesture.map(|gesture| (gesture.trusted, gesture.visible));
    let same =
        |own: bool, field| own.then_some(()).ok_or((field, "is not what the visitor signed"));
    same(said.id == record.id, "id")?;
    same(said.visitor == personal.visitor, "visitor")?;
    same(said.action == record.action, "action")?;
    same(said.public_key == key, "browser_key")?;
    same(said.notice.is_none_or(|notice| notice == record.notice), "notice")?;
    let base_version = said.base_version.as_ref().and_then(body::version);
    same(base_version.is_none_or(|base| base == record.base_version), "base_version")?;
    same(said.choices == record.asked, "asked")?;
    same(said.vendors == record.asked_vendors, "asked_vendors")?;
    same(said.language.is_none_or(|language| language == personal.language), "language")?;
    same(said.method.is_none_or(|method| method == record.method), "method")?;
    same(said.page == personal.page, "page")?;
    same(Assurance::from_gesture(gesture) == record.assurance, "assurance")
}
