//! The name of its route and a deadline for every handler. What needs the database on the two paths that must be fast waits
//! less (`Storage::in_time`); this one is for whatever else may hang.

use crate::error::Error;
use crate::request::{self, Route};
use actix_web::Handler;
use futures_util::FutureExt;
use futures_util::future::Map;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::error::Elapsed;
use tokio::time::{Timeout, timeout};

/// Longest wait for a handler: a body may take 10 s, a statement 5 s. What streams has begun by then.
pub const ANSWER: Duration = Duration::from_secs(15);

/// A handler that is in time, or a 503.
#[derive(Clone)]
pub struct InTime<F> {
    /// The handler.
    pub handler: F,
    /// Its route.
    pub route: Rc<Route>,
}

type Answered<T> = Result<T, Error>;

impl<F, Args> Handler<Args> for InTime<F>
where
    F: Handler<Args>,
{
    type Output = Answered<F::Output>;
    type Future = Map<Timeout<F::Future>, fn(Result<F::Output, Elapsed>) -> Answered<F::Output>>;

    fn call(&self, args: Args) -> Self::Future {
        request::taken_by(&self.route);
        timeout(ANSWER, self.handler.call(args)).map(|answered| answered.map_err(late))
    }
}

fn late(_: Elapsed) -> Error {
    Error::Unavailable(format!("no answer within {} s", ANSWER.as_secs()))
}
