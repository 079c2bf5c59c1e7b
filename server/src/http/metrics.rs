//! The Prometheus recorder, installed once per process.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

static HANDLE: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();

/// The recorder's handle; tests build several applications in one process and share it.
pub fn recorder() -> Result<PrometheusHandle, String> {
    let install = || {
        PrometheusBuilder::new()
            .install_recorder()
            .map_err(|error| format!("metrics cannot be recorded: {error}"))
    };
    HANDLE.get_or_init(install).clone()
}
