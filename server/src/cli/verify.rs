//! `ouinon verify`: the whole log of a site, or one exported proof. Exit code 0: sound, 1: tampered,
//! 2: it could not be done.

use super::open::existing;
use super::{Failure, of_site, print, site_id};
use crate::config::Config;
use crate::evidence::jwks::jwks;
use crate::evidence::log_keys::LogKeys;
use crate::evidence::receipts::Signer;
use crate::evidence::verify::Verifier;
use crate::evidence::verify::bundle::{self, Bundle, Verdict};
use crate::evidence::verify::report::{Finding, Report};
use crate::evidence::witness::Witness;
use crate::storage::{keys, sites};
use clap::Args;
use ouinon_domain::ids::SiteId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How often progress is told.
const BEAT: Duration = Duration::from_secs(2);
/// The exit code of what was tampered with.
const TAMPERED: u8 = 1;

/// Recomputes the evidence log, or checks an exported proof.
#[derive(Args)]
pub struct Verify {
    /// The site's id.
    #[arg(long, value_parser = site_id, required_unless_present = "bundle")]
    site: Option<SiteId>,
    /// Also check visitors' own signatures.
    #[arg(long, requires = "site")]
    full: bool,
    /// An exported proof (`GET …/consents/{id}/proof`).
    #[arg(long, conflicts_with = "site")]
    bundle: Option<PathBuf>,
    /// The public keys, saved from `/.well-known/jwks.json`; without, this installation's own.
    #[arg(long, requires = "bundle")]
    keys: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// Does it; the settings are read only where they are needed.
    pub async fn run(
        self,
        config: impl FnOnce() -> Result<Config, Failure>,
    ) -> Result<ExitCode, Failure> {
        match (&self.site, &self.bundle) {
            (_, Some(file)) => self.proof(file, config).await,
            (Some(site), None) => self.log(site, &config()?).await,
            (None, None) => Err(Failure("name a site or a bundle".into())),
        }
    }

    async fn log(&self, site: &SiteId, config: &Config) -> Result<ExitCode, Failure> {
        let (storage, seeds) = existing(config).await?;
        let witness = Witness::new(&config.witness)?;
        let (signer, progress) = (Signer::new(&seeds), Progress::default());
        let verifier = Verifier {
            storage: &storage,
            keys: &LogKeys::new(&seeds),
            receipt_key: signer.key_id(),
            witness: &witness,
            full: self.full,
            progress: &|done, total| progress.tell(done, total),
        };
        let report = verifier.run(site).await.map_err(|error| of_site(site, error))?;
        match self.json {
            true => print(json!(report))?,
            false => print(sentence(&report))?,
        }
        Ok(code(report.sound))
    }

    async fn proof(
        &self,
        file: &Path,
        config: impl FnOnce() -> Result<Config, Failure>,
    ) -> Result<ExitCode, Failure> {
        let bundle: Bundle = read(file, "an exported proof")?;
        let keys = match &self.keys {
            Some(file) => read(file, "a JWK set")?,
            None => own_keys(&config()?).await?,
        };
        let (sound, id, findings) = match bundle::check(&bundle, &keys) {
            Verdict::Sound(record) => (true, Some(record.id), Vec::new()),
            Verdict::Tampered(findings) => (false, None, findings.into_list()),
            Verdict::Forgotten => {
                return Err(Failure(
                    "the leaf stands in the log, but its person was forgotten and its key \
                     destroyed: nothing ties this record to the leaf any more"
                        .into(),
                ));
            }
        };
        match self.json {
            true => print(json!({ "record": id, "sound": sound, "findings": findings }))?,
            false if sound => print("the proof is sound: its keys signed what it says")?,
            false => print(format!("THE PROOF IS NOT SOUND\n{}", lines(&findings)))?,
        }
        Ok(code(sound))
    }
}

fn code(sound: bool) -> ExitCode {
    if sound { ExitCode::SUCCESS } else { ExitCode::from(TAMPERED) }
}

fn read<T: DeserializeOwned>(file: &Path, what: &str) -> Result<T, Failure> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure(format!("{shown} cannot be read: {error}")))?;
    serde_json::from_str(&text).map_err(|error| Failure(format!("{shown} is not {what}: {error}")))
}

/// The public keys of this installation.
async fn own_keys(config: &Config) -> Result<Value, Failure> {
    let (storage, seeds) = existing(config).await.map_err(|Failure(why)| {
        Failure(format!(
            "name the public keys with --keys FILE (this installation has none: {why})"
        ))
    })?;
    let (registered, sites) =
        (keys::signing(&storage.db()).await?, sites::list(&storage.db()).await?);
    Ok(jwks(&registered, &sites, &LogKeys::new(&seeds))?)
}

/// Tells how far it is, now and then.
#[derive(Default)]
struct Progress(Mutex<Option<(Instant, Instant)>>);

impl Progress {
    #[expect(clippy::cast_precision_loss, reason = "records per second, for people")]
    fn tell(&self, done: u64, total: u64) {
        let now = Instant::now();
        let Ok(mut told) = self.0.lock() else { return };
        let (start, last) = *told.get_or_insert((now, now));
        if now - last < BEAT {
            return;
        }
        *told = Some((start, now));
        let speed = done as f64 / (now - start).as_secs_f64();
        let _ = writeln!(std::io::stderr(), "{done} of {total} records, {speed:.0} per second");
    }
}

fn sentence(report: &Report) -> String {
    let Report { site, records, log, .. } = report;
    let root = log.root.as_deref().unwrap_or("unknown");
    let held = match report.witness.iter().filter_map(|held| held.size).max() {
        Some(size) => format!("the witness has seen {size} leaves"),
        None => "the witness has seen nothing, so it could not show an older state".to_owned(),
    };
    let some = |count: u64, one: &str, more: &str| match count {
        0 => String::new(),
        1 => format!(", 1 {one}"),
        _ => format!(", {count} {more}"),
    };
    let what = format!(
        "{records} records{}{}, {} leaves, {} waiting{}, root {root}; {held}",
        some(log.retired, "retired", "retired"),
        some(report.forgotten, "forgotten", "forgotten"),
        log.size,
        log.waiting,
        some(log.reconciliations, "reconciliation", "reconciliations"),
    );
    match report.sound {
        true => format!("site {site} is sound: {what}"),
        false => {
            let more = match report.more_findings {
                0 => String::new(),
                more => format!("\nand {more} more"),
            };
            format!("SITE {site} IS NOT SOUND: {what}\n{}{more}", lines(&report.findings))
        }
    }
}

fn lines(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let record = finding.record.map(|id| format!(" {id}")).unwrap_or_default();
        let field = finding.field.as_deref().map(|field| format!(" {field}")).unwrap_or_default();
        format!("{}{record}{field}: {}", finding.what, finding.detail)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}
