//! The Prometheus recorder, installed once per process, and what is looked at when it is asked. What
//! each figure means stands in docs/METRICS.md.

use crate::app::App;
use metrics::gauge;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::Instant;

static HANDLE: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();

/// Upper bounds of times, in seconds.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Upper bounds of how many share a statement or a transaction.
const SIZES: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// The recorder's handle; tests build several applications in one process and share it.
pub fn recorder() -> Result<PrometheusHandle, String> {
    let install = || {
        let buckets = |builder: PrometheusBuilder, suffix: &str, bounds| {
            builder.set_buckets_for_metric(Matcher::Suffix(suffix.into()), bounds)
        };
        buckets(PrometheusBuilder::new(), "_seconds", &SECONDS)
            .and_then(|builder| buckets(builder, "_size", &SIZES))
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(|error| format!("metrics cannot be recorded: {error}"))
    };
    HANDLE.get_or_init(install).clone()
}

/// All figures as Prometheus reads them.
#[expect(clippy::cast_precision_loss, reason = "counts of what waits and of connections")]
pub fn render(app: &App) -> String {
    if let Some(age) = app.asker.lease().age(Instant::now()) {
        gauge!("ouinon_lease_age_seconds").set(age);
    }
    let queues = [("decisions", app.asker.waiting()), ("choices", app.writer.waiting())];
    for (queue, waiting) in queues {
        gauge!("ouinon_queue_depth", "queue" => queue).set(waiting as f64);
    }
    for pool in app.storage.pools() {
        let connections =
            |state| gauge!("ouinon_pool_connections", "pool" => pool.name, "state" => state);
        connections("idle").set(pool.idle as f64);
        connections("used").set((pool.open - pool.idle) as f64);
    }
    if let Some(up) = app.cache.redis_is_up() {
        gauge!("ouinon_redis_up").set(if up { 1.0 } else { 0.0 });
    }
    app.metrics.render()
}
