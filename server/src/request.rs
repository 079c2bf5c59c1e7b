//! What a request is known by while it is handled: its id, its method, the route that took it. Every
//! line that is logged meanwhile carries them (`log`), and its time is counted under its route. No
//! address, no user agent, no query, no path: they name visitors.

use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use metrics::{Histogram, histogram};
use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use uuid::Uuid;

/// Where a proxy says which id it gave a request, and where every answer says it.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A request's id: a UUID, given by the proxy in front or made here. Anything else that
/// is given could be about a person, and is not taken.
#[derive(Clone, Copy, Debug)]
pub struct RequestId {
    id: Uuid,
    /// Written as 32 digits, as it came.
    simple: bool,
}

impl RequestId {
    /// The id that came along from a proxy we trust, or a new one: whoever else could choose it
    /// could repeat another request's, or write somebody's id into the log.
    pub fn of(headers: &HeaderMap, proxied: bool) -> Self {
        let given = headers.get(HEADER).filter(|_| proxied).map(HeaderValue::as_bytes);
        let given = given.filter(|text| [32, 36].contains(&text.len()));
        let read = |text: &[u8]| {
            Some(Self { id: Uuid::try_parse_ascii(text).ok()?, simple: text.len() == 32 })
        };
        given.and_then(read).unwrap_or_else(|| Self { id: Uuid::now_v7(), simple: false })
    }

    /// As a UUID.
    pub fn uuid(self) -> Uuid {
        self.id
    }

    /// As a problem document names it.
    pub fn urn(self) -> String {
        self.id.urn().to_string()
    }

    /// As every answer says it.
    pub fn header(self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.to_string()).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.simple {
            true => self.id.simple().fmt(f),
            false => self.id.hyphenated().fmt(f),
        }
    }
}

/// A route of the server, and how long its answers take, by the class of their status.
#[derive(Debug)]
pub struct Route {
    pattern: String,
    seconds: [OnceCell<Histogram>; 5],
}

impl Route {
    /// The route with this pattern.
    pub fn new(pattern: &str) -> Self {
        Self { pattern: pattern.to_owned(), seconds: Default::default() }
    }

    fn count(&self, status: StatusCode, took: Duration) {
        const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        let (route, status) = (self.pattern.clone(), CLASSES[class]);
        let make = || histogram!("ouinon_http_seconds", "route" => route, "status" => status);
        self.seconds[class].get_or_init(make).record(took);
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Current>>> = const { RefCell::new(None) };
    /// What no route took.
    static NONE: Route = Route::new("none");
}

/// A request that is being handled.
#[derive(Debug)]
pub struct Current {
    /// Its id.
    pub id: RequestId,
    method: Method,
    route: OnceCell<Rc<Route>>,
}

impl Current {
    /// A request that no route has taken yet.
    pub fn new(id: RequestId, method: Method) -> Rc<Self> {
        Rc::new(Self { id, method, route: OnceCell::new() })
    }

    /// Its method.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The pattern of the route that took it.
    pub fn route(&self) -> &str {
        self.route.get().map_or("none", |route| &route.pattern)
    }

    /// Counts its answer.
    pub fn answered(&self, status: StatusCode, took: Duration) {
        match self.route.get() {
            Some(route) => route.count(status, took),
            None => NONE.with(|none| none.count(status, took)),
        }
    }

    /// Does something as part of it.
    pub fn enter<T>(self: &Rc<Self>, work: impl FnOnce() -> T) -> T {
        let before = CURRENT.replace(Some(Rc::clone(self)));
        let done = work();
        CURRENT.set(before);
        done
    }

    /// Does something as part of it whenever it is polled.
    pub fn within<F: Future>(self: Rc<Self>, work: F) -> Within<F> {
        Within { current: self, work: Box::pin(work) }
    }
}

/// The request that this thread handles just now is taken by this route.
pub fn taken_by(route: &Rc<Route>) {
    look(|current| {
        let _ = current.route.set(Rc::clone(route));
    });
}

/// Looks at the request that this thread handles just now, if it handles one.
pub fn look<T>(at: impl FnOnce(&Current) -> T) -> Option<T> {
    CURRENT.try_with(|current| current.try_borrow().ok()?.as_deref().map(at)).ok()?
}

/// Part of a request.
#[derive(Debug)]
pub struct Within<F> {
    current: Rc<Current>,
    work: Pin<Box<F>>,
}

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { current, work } = self.get_mut();
        current.enter(|| work.as_mut().poll(context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_as_it_was_written_and_nothing_else_is() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_static(text));
            assert_ne!(RequestId::of(&headers, false).to_string(), text, "from anybody");
            RequestId::of(&headers, true).to_string()
        };
        for good in ["4bf92f3577b34da6a3ce929d0e0e4736", "0197b0c2-89ab-7cde-8f01-23456789abcd"] {
            assert_eq!(of(good), good);
        }
        for bad in
            ["", "ann@shop.example", "9".repeat(33).leak(), "{0197b0c289ab7cde8f0123456789abcd}"]
        {
            let made = of(bad);
            assert!(made != bad && made.len() == 36, "{made}");
        }
    }
}
