//! The server's log, on standard error: one line an event, as JSON or as text, with the id of the
//! request it belongs to.

use crate::clock::Clock;
use crate::config::{LogFormat, LogLevel};
use crate::request;
use ouinon_domain::time::Timestamp;
use serde_json::{Map, Value, json};
use std::fmt::{self, Debug, Write};
use std::io::IsTerminal;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Starts it, once per process.
pub fn start(level: LogLevel, format: LogFormat) {
    let json = match format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Fitting => !std::io::stderr().is_terminal(),
    };
    let most = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let log = tracing_subscriber::fmt().with_max_level(most).with_writer(std::io::stderr);
    log.event_format(Line { json }).init();
}

/// How a line is written.
struct Line {
    json: bool,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut said = Said::default();
        event.record(&mut said);
        let time = Timestamp(Clock::System.now()).to_string();
        let about = event.metadata();
        let id = request::look(|request| {
            (request.id.to_string(), request.method().to_owned(), request.route().to_owned())
        });
        if self.json {
            let mut line = json!({
                "time": time, "level": about.level().as_str(), "target": about.target(),
                "message": said.message,
            });
            if let Some((id, method, route)) = id {
                line["request_id"] = id.into();
                line["method"] = method.into();
                line["route"] = route.into();
            }
            if !said.fields.is_empty() {
                line["fields"] = Value::Object(said.fields);
            }
            return writeln!(writer, "{line}");
        }
        write!(writer, "{time} {:5} {}", about.level(), said.message)?;
        for (name, value) in &said.fields {
            write!(writer, " {name}={value}")?;
        }
        match id {
            Some((id, method, route)) => writeln!(writer, " ({method} {route} {id})"),
            None => writeln!(writer),
        }
    }
}

/// What an event says.
#[derive(Default)]
struct Said {
    message: String,
    fields: Map<String, Value>,
}

impl Said {
    fn field(&mut self, field: &Field, value: impl Into<Value>) {
        self.fields.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Said {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.field(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.field(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.field(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.field(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => {
                let _ = write!(self.message, "{value:?}");
            }
            _ => self.field(field, format!("{value:?}")),
        }
    }
}
