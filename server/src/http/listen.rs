//! Binding and serving: one listener for everyone, one for operations where settings say so.

use super::trace::Span;
use super::{problem, routes};
use crate::app::App;
use crate::config::Listen;
use crate::stop;
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{HttpServer, web};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tracing_actix_web::TracingLogger;

/// Longest wait for a request's head.
const HEAD: Duration = Duration::from_secs(10);
/// Longest idle connection.
const IDLE: Duration = Duration::from_secs(75);

/// Bound, not yet serving.
#[derive(Debug)]
pub struct Listeners {
    public: TcpListener,
    operations: Option<TcpListener>,
    /// Where the public one is.
    pub bound: SocketAddr,
    /// Where the other one is.
    pub ops: Option<SocketAddr>,
}

/// Binds what the settings name.
pub fn bind(listen: &Listen) -> Result<Listeners, String> {
    let public = listen.open_public().map_err(|error| error.to_string())?;
    let operations = listen.open_ops().map_err(|error| error.to_string())?;
    let address = |listener: &TcpListener| {
        listener.local_addr().map_err(|error| format!("the listener has no address: {error}"))
    };
    let bound = address(&public)?;
    let ops = operations.as_ref().map(address).transpose()?;
    Ok(Listeners { public, operations, bound, ops })
}

/// Serves the application on its listeners.
pub fn serve(app: Arc<App>, listeners: Listeners) -> Result<Server, String> {
    let factory = move || {
        actix_web::App::new()
            .app_data(web::Data::new(Arc::clone(&app)))
            .wrap(from_fn(problem::describe))
            .wrap(TracingLogger::<Span>::new())
            .configure(|config| {
                // A proxy on the site's own origin may pass the path on or cut it: both work.
                let path = app.public.path().trim_end_matches('/');
                if !path.is_empty() {
                    config.service(web::scope(path).configure(routes::all));
                }
                routes::all(config);
            })
    };
    let mut server = HttpServer::new(factory)
        .client_request_timeout(HEAD)
        .keep_alive(IDLE)
        .shutdown_timeout(stop::ANSWERED.as_secs())
        .disable_signals()
        .listen(listeners.public)
        .map_err(|error| format!("the listener cannot be used: {error}"))?;
    if let Some(operations) = listeners.operations {
        server = server
            .listen(operations)
            .map_err(|error| format!("the listener for operations cannot be used: {error}"))?;
    }
    Ok(server.run())
}
