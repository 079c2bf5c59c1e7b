//! Binding and serving: one listener for everyone, one for operations where settings say so.

use super::connection::Connection;
use super::{routes, trace};
use crate::app::App;
use crate::config::Listen;
use crate::stop;
use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive, Protocol, Request, Response};
use actix_server::ServerBuilder;
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{AppConfig, Server, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::web;
use std::future::ready;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for the first request's head.
const HEAD: Duration = Duration::from_secs(10);
/// Longest pause between two requests on a connection.
const IDLE: Duration = Duration::from_secs(75);
/// Longest wait for a client to close its side too.
const GOODBYE: Duration = Duration::from_secs(1);
/// Connections of each thread; more wait in the kernel's queue.
const CONNECTIONS: usize = 25_000;

/// The listener that a request came through.
#[derive(Clone, Copy, Debug)]
pub struct Local(pub SocketAddr);

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
    let server = ServerBuilder::new()
        .max_concurrent_connections(CONNECTIONS)
        .shutdown_timeout(stop::ANSWERED.as_secs())
        .disable_signals();
    let mut server = listen(server, &app, listeners.public)
        .map_err(|error| format!("the listener cannot be used: {error}"))?;
    if let Some(operations) = listeners.operations {
        server = listen(server, &app, operations)
            .map_err(|error| format!("the listener for operations cannot be used: {error}"))?;
    }
    Ok(server.run())
}

/// Adds a listener. As actix-web's own `HttpServer` does it, but for what stands between HTTP and
/// the socket: [`Connection`].
fn listen(
    server: ServerBuilder,
    app: &Arc<App>,
    listener: TcpListener,
) -> io::Result<ServerBuilder> {
    let address = listener.local_addr()?;
    let (ending, app) = (server.graceful_shutdown_signal(), Arc::clone(app));
    server.listen(address.to_string(), listener, move || {
        let ending = ending.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let ending = ending.clone();
                async move { ending.notified().await }
            })
            .client_request_timeout(HEAD)
            .keep_alive(KeepAlive::Timeout(IDLE))
            .client_disconnect_timeout(GOODBYE)
            .local_addr(address)
            .on_connect_ext(|connection: &Connection<TcpStream>, data| {
                data.insert(connection.taken());
            })
            .finish(map_config(application(Arc::clone(&app), Local(address)), |()| {
                AppConfig::default()
            }));
        let connection = |socket: TcpStream| {
            let peer = socket.peer_addr().ok();
            ready(Ok::<_, DispatchError>((Connection::new(socket), Protocol::Http1, peer)))
        };
        fn_service(connection).and_then(http)
    })
}

/// What answers a request.
fn application(
    app: Arc<App>,
    local: Local,
) -> impl ServiceFactory<
    Request,
    Config = AppConfig,
    Response = ServiceResponse<impl MessageBody>,
    Error = Response<BoxBody>,
    InitError = (),
> {
    let public = app.public.path().trim_end_matches('/').to_owned();
    let app = actix_web::App::new()
        .app_data(web::Data::new(app))
        .app_data(local)
        .wrap(from_fn(trace::observe))
        .configure(|config| {
            // A proxy on the site's own origin may pass the path on or cut it: both work.
            if !public.is_empty() {
                config.service(web::scope(&public).configure(routes::all));
            }
            routes::all(config);
        });
    app.into_factory().map_err(|error: actix_web::Error| error.error_response().into())
}
