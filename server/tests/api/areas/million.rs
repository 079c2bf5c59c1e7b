//! How long it takes to verify a long log, and how much memory. Ignored: it is a measurement, to be
//! run in a release build (`cargo test --release … million -- --ignored --nocapture`).
//! `OUINON_TEST_RECORDS` says how many records (a million), `OUINON_TEST_RUNS` how often (once).

use std::collections::{BTreeMap, HashMap};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ouinon_domain::choice::{Action, Assurance, Method, Vendors};
use ouinon_domain::ids::{NoticeHash, SiteId, VisitorId};
use ouinon_domain::key::Key;
use ouinon_domain::leaf;
use ouinon_domain::record::{Personal, Record};
use ouinon_domain::regime::{Model, Place, Regime};
use ouinon_domain::state::State;
use ouinon_domain::time::{DAY, Timestamp};
use ouinon_server::evidence::key_file::Seeds;
use ouinon_server::evidence::receipts::Signer;
use ouinon_server::random::rising_uuid;
use ouinon_server::storage::entity::{count_group, subject};
use ouinon_server::storage::hot::{self, Known::Refuse, Rows};
use ouinon_server::storage::rows::Stored;
use ouinon_server::storage::write::{self, Appended};
use sea_orm::EntityTrait;

use super::BACKEND;
use crate::support::app::{Ground, START, TestApp};
use crate::support::history::QUIET;
use crate::support::shop::PURPOSES;
use crate::support::vandal::Dice;

/// Most records written together.
const TOGETHER: usize = 1_000;
/// Visitors come first within so many days, and again within `AGAIN` days.
const YEAR: usize = 365;
const AGAIN: usize = 90;

/// A choice to be made: when, and by whom.
type Visit = (Timestamp, usize);

/// All visits of so many records, as they follow each other: each visitor comes two or three times.
fn visits(records: usize, dice: &mut Dice) -> Vec<Visit> {
    let mut visits = Vec::with_capacity(records);
    for who in 0.. {
        let mut at = START + dice.below(YEAR * DAY as usize) as i64;
        for _ in 0..(2 + who % 2).min(records - visits.len()) {
            visits.push((Timestamp(at), who));
            at += DAY + dice.below(AGAIN * DAY as usize) as i64;
        }
        if visits.len() == records {
            break;
        }
    }
    visits.sort_unstable();
    visits
}

/// Who came before, and what holds for them.
type Known = HashMap<usize, (subject::Model, VisitorId, State)>;

/// Makes records.
struct Maker<'a> {
    site: &'a SiteId,
    notice: NoticeHash,
    signer: &'a Signer,
    dice: Dice,
    known: Known,
}

impl Maker<'_> {
    fn id(&mut self) -> uuid::Uuid {
        uuid::Uuid::from_u64_pair(self.dice.next(), self.dice.next())
    }

    /// What a visit leaves: the visitor's row, where it is the first, and a record.
    fn visit(&mut self, (given_at, who): Visit) -> (Option<subject::Model>, Arc<Appended>) {
        let before = self.known.remove(&who);
        let new = before.is_none();
        let (link, visitor, state) = match before {
            Some((link, visitor, state)) => (link, visitor, Some(state)),
            None => {
                let visitor = VisitorId(*self.id().as_bytes());
                (self.link(visitor, given_at), visitor, None)
            }
        };
        let version = state.as_ref().map_or(0, |state| state.version) + 1;
        let record = self.record(&link, visitor, version, given_at);
        let k: [u8; 32] = link.k.as_slice().try_into().unwrap();
        let commitment = leaf::commitment(&k, &record).unwrap();
        let signature = self.signer.sign(&record).unwrap();
        let after = State::after(state.as_ref(), &record);
        let key_id = self.signer.key_id().to_owned();
        let stored = Stored { record, commitment, key_id, signature };
        let made = new.then(|| link.clone());
        self.known.insert(who, (link, visitor, after.clone()));
        (made, Arc::new(Appended::new(stored, visitor, &after).unwrap()))
    }

    /// A subject as the server makes it.
    fn link(&mut self, visitor: VisitorId, since: Timestamp) -> subject::Model {
        let k: [u8; 32] = std::array::from_fn(|_| self.dice.next().to_be_bytes()[0]);
        subject::Model {
            site: self.site.to_string(),
            visitor: visitor.0.to_vec(),
            subject: rising_uuid(since).unwrap(),
            k: k.to_vec(),
            created_at: since.0,
        }
    }

    fn record(
        &mut self,
        link: &subject::Model,
        visitor: VisitorId,
        version: u64,
        given_at: Timestamp,
    ) -> Record {
        let yes = self.dice.below(2) == 0;
        let choices: BTreeMap<Key, bool> =
            PURPOSES.iter().map(|key| (Key::parse(key).unwrap(), yes)).collect();
        Record {
            id: self.id(),
            site: self.site.clone(),
            subject: link.subject,
            version,
            base_version: version - 1,
            action: if yes { Action::AcceptAll } else { Action::RejectAll },
            asked: choices.clone(),
            asked_vendors: Vendors::new(),
            choices,
            vendors: Vendors::new(),
            notice: self.notice,
            method: Method::Banner,
            gpc: false,
            assurance: Assurance::Gesture,
            given_at,
            expires_at: given_at.plus_days(180),
            body_hash: "ab".repeat(32),
            personal: Some(Personal {
                visitor,
                regime: gdpr(),
                place: Place { country: Some("FR".into()), region: None },
                language: "fr".into(),
                page: Some("https://shop.example/vases/blue".into()),
                device: "mobile".into(),
                bot: false,
                browser_key: None,
                browser_signature: None,
                browser_message: None,
            }),
        }
    }
}

fn gdpr() -> Regime {
    Regime { model: Model::OptIn, law: Some("GDPR".into()), gpc_honoured: false }
}

/// A site with so many records, all merged and published.
async fn seeded(ground: &Arc<Ground>, records: usize) -> SiteId {
    let app = TestApp::over(Arc::clone(ground), QUIET).await;
    let shop = app.shop().await;
    let seeds = Seeds::load(&ground.config(&[]).signing_key).unwrap();
    let notice = NoticeHash::parse(&shop.notice).unwrap();
    let signer = Signer::new(&seeds);
    let mut dice = Dice(7);
    let visits = visits(records, &mut dice);
    let known = Known::new();
    let mut maker = Maker { site: &shop.id, notice, signer: &signer, dice, known };
    let mut rest = visits.as_slice();
    let mut since_merged = 0;
    while let Some((first, _)) = rest.first() {
        // Nobody comes twice within a day.
        let together = rest.partition_point(|(at, _)| at.0 < first.0 + DAY).min(TOGETHER);
        let (now, later) = rest.split_at(together);
        rest = later;
        let (links, appended): (Vec<_>, Vec<_>) =
            now.iter().map(|visit| maker.visit(*visit)).unzip();
        let tx = app.storage.write().await.unwrap();
        let links = Rows::of::<subject::Entity>(links.into_iter().flatten(), Refuse);
        hot::insert(&tx, [links]).await.unwrap();
        write::append(&tx, &shop.id, &appended).await.unwrap();
        tx.commit().await.unwrap();
        since_merged += together;
        if since_merged > 50_000 {
            since_merged = 0;
            app.merged().await;
        }
    }
    count_group::Entity::delete_many().exec(&app.storage.db()).await.unwrap();
    app.merged().await;
    app.stop();
    shop.id.clone()
}

/// The most memory a process has had so far, in MB.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn a_million_records_are_verified() {
    let records = std::env::var("OUINON_TEST_RECORDS").map_or(1_000_000, |it| it.parse().unwrap());
    let ground = Arc::new(Ground::new(BACKEND));
    let start = Instant::now();
    let site = seeded(&ground, records).await;
    println!("{BACKEND:?}: {records} records written in {:?}", start.elapsed());
    let runs = std::env::var("OUINON_TEST_RUNS").map_or(1, |it| it.parse().unwrap());
    for _ in 0..runs {
        println!("{BACKEND:?}: {}", verified(&ground, &site));
    }
}

/// Verifies; how long it took, and how much memory.
fn verified(ground: &Ground, site: &SiteId) -> String {
    let start = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ouinon"));
    command.args(["verify", "--site", site.as_str(), "--json"]).envs(ground.settings());
    let mut child =
        command.current_dir(ground.folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = peak(child.id()).unwrap_or(0).max(most);
        std::thread::sleep(Duration::from_millis(20));
    }
    let took = start.elapsed().as_secs_f64();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    format!("verified in {took:.1} s, at most {most} MB")
}
