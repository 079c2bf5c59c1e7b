//! The connection to Redis, or its absence. The first question that fails cuts it; while it is cut,
//! questions come back at once; a task of its own tries again until Redis takes a write.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::keys::Key;
use super::memory::Memory;
use crate::config::{ConfigError, REDIS_URL, SecretUrl};

/// The longest that one question may take.
const PATIENCE: Duration = Duration::from_millis(100);

/// The longest that connecting and the first write may take.
const CONNECT_PATIENCE: Duration = Duration::from_millis(500);

/// Between two attempts to connect. Redis is used again at most this and [`CONNECT_PATIENCE`]
/// after it is back.
const PAUSE: Duration = Duration::from_millis(250);

/// Questions that may wait for the connection's writer.
const QUEUE: usize = 1024;

/// Redis was not or could not be asked; its stand-in answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Down;

/// The way to one Redis.
pub(super) struct Link {
    shared: Arc<Shared>,
    reconnecting: JoinHandle<()>,
}

struct Shared {
    client: Client,
    connection: ArcSwapOption<MultiplexedConnection>,
    cut: Notify,
    /// Emptied when it becomes the stand-in: what it held is from an earlier outage.
    stand_in: Memory,
}

impl Link {
    pub(super) async fn open(url: &SecretUrl, stand_in: Memory) -> Result<Self, ConfigError> {
        let client = Client::open(url.expose()).map_err(|error| {
            ConfigError::unusable(REDIS_URL, &url.to_string(), error.to_string())
        })?;
        let connection = ArcSwapOption::empty();
        let shared = Arc::new(Shared { client, connection, cut: Notify::new(), stand_in });
        match shared.connect().await {
            Ok(connection) => shared.connection.store(Some(Arc::new(connection))),
            Err(reason) => {
                tracing::warn!(%reason, "Redis is not there yet; the process caches by itself");
                shared.cut.notify_one();
            }
        }
        let reconnecting = tokio::spawn(Arc::clone(&shared).keep_connected());
        Ok(Self { shared, reconnecting })
    }

    pub(super) fn is_up(&self) -> bool {
        self.shared.connection.load().is_some()
    }

    pub(super) async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, Down> {
        let key = key.as_str();
        self.ask(|mut connection| async move {
            redis::cmd("GET").arg(key).query_async(&mut connection).await
        })
        .await
        .map(Option::flatten)
    }

    pub(super) async fn put(&self, key: &Key, value: &[u8], ttl: Duration) -> Result<(), Down> {
        let set = set_command(key, value, ttl);
        self.ask(|mut connection| async move { set.query_async(&mut connection).await })
            .await
            .map(|done| done.unwrap_or_default())
    }

    /// Puts one question. `None`: Redis is fine and holds something else than was asked for.
    pub(super) async fn ask<T, F: Future<Output = RedisResult<T>>>(
        &self,
        question: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<Option<T>, Down> {
        let connection = self.shared.connection.load_full().ok_or(Down)?;
        let reason = match timeout(PATIENCE, question((*connection).clone())).await {
            Ok(Ok(answer)) => return Ok(Some(answer)),
            Ok(Err(error)) if is_rubbish(&error) => return Ok(None),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} ms", PATIENCE.as_millis()),
        };
        self.shared.cut_off(&connection, &reason);
        Err(Down)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.reconnecting.abort();
    }
}

impl Shared {
    /// Gives up `connection`, unless somebody already did.
    fn cut_off(&self, connection: &Arc<MultiplexedConnection>, reason: &str) {
        let before = self.connection.compare_and_swap(connection, None);
        if before.as_ref().is_some_and(|before| Arc::ptr_eq(before, connection)) {
            self.stand_in.clear();
            tracing::warn!(reason, "Redis failed; the process caches by itself until it is back");
            self.cut.notify_one();
        }
    }

    async fn keep_connected(self: Arc<Self>) {
        loop {
            self.cut.notified().await;
            let connection = loop {
                sleep(PAUSE).await;
                match self.connect().await {
                    Ok(connection) => break connection,
                    Err(reason) => tracing::debug!(%reason, "Redis is not back yet"),
                }
            };
            self.connection.store(Some(Arc::new(connection)));
            tracing::info!("Redis is back");
        }
    }

    /// A new connection over which a write went well: a Redis that only reads is no help.
    async fn connect(&self) -> Result<MultiplexedConnection, String> {
        let attempt = async {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(CONNECT_PATIENCE))
                .set_response_timeout(Some(CONNECT_PATIENCE))
                .set_pipeline_buffer_size(QUEUE);
            let client = &self.client;
            let mut connection =
                client.get_multiplexed_async_connection_with_config(&config).await?;
            let probe = set_command(&Key::probe(), b"", PAUSE);
            probe.query_async::<()>(&mut connection).await?;
            Ok(connection)
        };
        let late = |_| format!("no connection within {} ms", CONNECT_PATIENCE.as_millis());
        let answer = timeout(CONNECT_PATIENCE, attempt).await.map_err(late)?;
        answer.map_err(|error: RedisError| error.to_string())
    }
}

fn set_command(key: &Key, value: &[u8], ttl: Duration) -> redis::Cmd {
    let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
    let mut set = redis::cmd("SET");
    set.arg(key.as_str()).arg(value).arg("PX").arg(millis);
    set
}

/// A key that holds another kind of value says nothing against Redis.
fn is_rubbish(error: &RedisError) -> bool {
    error.code() == Some("WRONGTYPE") || error.kind() == ErrorKind::UnexpectedReturnType
}
