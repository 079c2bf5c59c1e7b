//! The API's documentation, made from its OpenAPI description so that both always agree.

use serde::Serialize;
use serde_json::Value;

use crate::Page;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Text in which what stood between backticks is code: pieces with whether they are.
pub type Prose = Vec<(String, bool)>;

/// All calls, grouped.
#[derive(Debug, Clone, Serialize)]
pub struct ApiDocs {
    /// The API's title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// What it is for.
    pub description: Prose,
    /// The groups, in the order of the document.
    pub tags: Vec<Tag>,
}

/// One group of calls.
#[derive(Debug, Clone, Serialize)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Prose,
    /// Its calls.
    pub operations: Vec<Operation>,
}

/// One call.
#[derive(Debug, Clone, Serialize)]
pub struct Operation {
    /// The fragment it can be linked by.
    pub anchor: String,
    /// In capitals.
    pub method: String,
    /// With `{parameters}`.
    pub path: String,
    /// In one line.
    pub summary: String,
    /// At length, in paragraphs.
    pub description: Vec<Prose>,
    /// Scopes or schemes it asks for.
    pub security: Vec<String>,
    /// What goes into address and headers.
    pub parameters: Vec<Parameter>,
    /// Content types and schema names of the body.
    pub body: Vec<String>,
    /// Status and meaning.
    pub responses: Vec<(String, Prose)>,
}

/// One parameter.
#[derive(Debug, Clone, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it is.
    pub description: Prose,
    /// Its type.
    pub kind: String,
}

impl ApiDocs {
    /// Reads an OpenAPI 3 document. Parts it does not know are left out, never an error.
    pub fn from_openapi(document: &Value) -> ApiDocs {
        let mut tags: Vec<Tag> = list(&document["tags"])
            .map(|tag| Tag {
                name: text(&tag["name"]),
                description: prose(&text(&tag["description"])),
                operations: Vec::new(),
            })
            .collect();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for method in METHODS.into_iter().filter(|method| item[*method].is_object()) {
                let name = item[method]["tags"][0].as_str().unwrap_or("API");
                let operation = operation(path, method, &item[method], document);
                match tags.iter_mut().find(|tag| tag.name == name) {
                    Some(tag) => tag.operations.push(operation),
                    None => tags.push(Tag {
                        name: name.to_owned(),
                        description: Prose::new(),
                        operations: vec![operation],
                    }),
                }
            }
        }
        tags.retain(|tag| !tag.operations.is_empty());
        ApiDocs {
            title: text(&document["info"]["title"]),
            version: text(&document["info"]["version"]),
            description: prose(&text(&document["info"]["description"])),
            tags,
        }
    }
}

fn operation(path: &str, method: &str, source: &Value, document: &Value) -> Operation {
    let plain = |sign: char| if sign.is_ascii_alphanumeric() { sign } else { '-' };
    let anchor: String = format!("{method}{path}").chars().map(plain).collect();
    let schemes = list(&source["security"]).flat_map(|one| one.as_object().into_iter().flatten());
    Operation {
        anchor,
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&source["summary"]),
        description: text(&source["description"])
            .split("\n\n")
            .filter(|paragraph| !paragraph.trim().is_empty())
            .map(prose)
            .collect(),
        security: schemes
            .map(|(name, scopes)| {
                let scopes: Vec<&str> = list(scopes).filter_map(Value::as_str).collect();
                if scopes.is_empty() {
                    name.clone()
                } else {
                    format!("{name}: {}", scopes.join(", "))
                }
            })
            .collect(),
        parameters: list(&source["parameters"])
            .map(|one| parameter(resolve(one, document)))
            .collect(),
        body: source["requestBody"]["content"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(kind, media)| format!("{kind} {}", schema(&media["schema"])).trim().to_owned())
            .collect(),
        responses: source["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(status, one)| {
                (status.clone(), prose(&text(&resolve(one, document)["description"])))
            })
            .collect(),
    }
}

fn parameter(source: &Value) -> Parameter {
    Parameter {
        name: text(&source["name"]),
        place: text(&source["in"]),
        required: source["required"].as_bool().unwrap_or(false),
        description: prose(&text(&source["description"])),
        kind: schema(&source["schema"]),
    }
}

/// Follows one `$ref` inside the document.
fn resolve<'a>(value: &'a Value, document: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

/// A schema in one word: the name it refers to, its choices or its type.
fn schema(source: &Value) -> String {
    if let Some(reference) = source["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let choices: Vec<&str> = list(&source["enum"]).filter_map(Value::as_str).collect();
    if !choices.is_empty() {
        return choices.join(" | ");
    }
    let kind = match &source["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        other => other.as_str(),
    };
    match (kind, source["format"].as_str()) {
        (Some("array"), _) => format!("{}[]", schema(&source["items"])),
        (Some(kind), Some(format)) => format!("{kind} ({format})"),
        (Some(kind), None) => kind.to_owned(),
        (None, _) => String::new(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn prose(text: &str) -> Prose {
    let pieces = text.split('`').enumerate().filter(|(_, piece)| !piece.is_empty());
    pieces.map(|(place, piece)| (piece.to_owned(), place % 2 == 1)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().to_owned()
}

impl Page for ApiDocs {
    const TEMPLATE: &'static str = "pages/api_docs.html";
}
