//! `ouinon serve`

use super::{Failure, print};
use crate::app::Application;
use crate::clock::Clock;
use crate::config::Config;
use crate::{log, stop};
use clap::Args;
use serde_json::json;

/// Options of `serve`.
#[derive(Args)]
pub struct Serve {
    /// Leave the database as it is, even where migrations are pending.
    #[arg(long)]
    no_migrate: bool,
    /// Print one JSON object when ready.
    #[arg(long)]
    json: bool,
}

impl Serve {
    /// Serves until stopped.
    pub async fn run(self, config: Config) -> Result<(), Failure> {
        log::start(config.log, config.log_format);
        let application = Application::build(config, Clock::System, !self.no_migrate).await?;
        // From here on a signal ends it in order; before, it just ends.
        let told = stop::signals().map_err(|error| Failure(format!("no signals: {error}")))?;
        let address = format!("http://{}", application.bound());
        match self.json {
            true => print(json!({ "listening": address, "ops": application.ops() }))?,
            false => print(format!("ouinon serves on {address}"))?,
        }
        application.run(told).await.map_err(|error| Failure(format!("the server stopped: {error}")))
    }
}
