//! How long it takes to verify a long log, and how much memory. Ignored: it is a measurement, to be
//! run in a release build (`cargo test --release … million -- --ignored --nocapture`).
//! `OUINON_TEST_RECORDS` says how many records (a million).

use std::collections::BTreeMap;
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
use ouinon_domain::time::Timestamp;
use ouinon_server::evidence::key_file::Seeds;
use ouinon_server::evidence::receipts::Signer;
use ouinon_server::storage::entity::{count_queue, subject};
use ouinon_server::storage::hot::{self, Known, Rows};
use ouinon_server::storage::records::Stored;
use ouinon_server::storage::write::{self, Appended};
use sea_orm::EntityTrait;

use super::BACKEND;
use crate::support::app::{Ground, START, TestApp};
use crate::support::history::QUIET;
use crate::support::shop::PURPOSES;
use crate::support::vandal::Dice;

/// Visitors written together; each has two or three records.
const TOGETHER: usize = 400;

/// Makes the records of one visitor.
struct Maker<'a> {
    site: &'a SiteId,
    notice: NoticeHash,
    signer: &'a Signer,
    dice: Dice,
}

impl Maker<'_> {
    fn id(&mut self) -> uuid::Uuid {
        uuid::Uuid::from_u64_pair(self.dice.next(), self.dice.next())
    }

    fn visitor(&mut self, count: u64) -> (subject::Model, Vec<Appended>) {
        let visitor = VisitorId(*self.id().as_bytes());
        let since = START + i64::try_from(self.dice.below(30_000_000)).unwrap() * 1_000_000;
        let k: [u8; 32] = std::array::from_fn(|_| self.dice.next().to_be_bytes()[0]);
        let link = subject::Model {
            site: self.site.to_string(),
            visitor: visitor.0.to_vec(),
            subject: self.id(),
            k: k.to_vec(),
            created_at: since,
        };
        let (mut state, mut appended) = (None, Vec::new());
        for version in 1..=count {
            let given_at = Timestamp(since + i64::try_from(version - 1).unwrap() * 86_400_000_000);
            let record = self.record(&link, visitor, version, given_at);
            let commitment = leaf::commitment(&k, &record).unwrap();
            let signature = self.signer.sign(&record).unwrap();
            let after = State::after(state.as_ref(), &record);
            let key_id = self.signer.key_id().to_owned();
            let stored = Stored { record, commitment, key_id, signature };
            appended.push(Appended { stored, visitor, state: after.clone() });
            state = Some(after);
        }
        (link, appended)
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
async fn seeded(ground: &Arc<Ground>, records: u64) -> SiteId {
    let app = TestApp::over(Arc::clone(ground), QUIET).await;
    let shop = app.shop().await;
    let seeds = Seeds::load(&ground.config(&[]).signing_key).unwrap();
    let notice = NoticeHash::parse(&shop.notice).unwrap();
    let signer = Signer::new(&seeds);
    let mut maker = Maker { site: &shop.id, notice, signer: &signer, dice: Dice(7) };
    let mut written = 0;
    while written < records {
        let (mut links, mut latest, mut turns) = (Vec::new(), Vec::new(), vec![Vec::new(); 3]);
        for who in 0..TOGETHER {
            let left = records - written;
            let (link, appended) = maker.visitor((2 + who as u64 % 2).min(left));
            written += appended.len() as u64;
            links.extend((!appended.is_empty()).then_some(link));
            for (turn, one) in turns.iter_mut().zip(appended) {
                turn.push(one);
            }
        }
        let tx = app.storage.write().await.unwrap();
        hot::insert(&tx, [Rows::of::<subject::Entity>(links, Known::Refuse)]).await.unwrap();
        latest.append(&mut turns);
        for turn in latest.iter().filter(|turn| !turn.is_empty()) {
            write::append(&tx, &shop.id, turn).await.unwrap();
        }
        tx.commit().await.unwrap();
        if written % 50_000 < 1_000 {
            app.merged().await;
        }
    }
    count_queue::Entity::delete_many().exec(app.storage.db()).await.unwrap();
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
    let took = start.elapsed();
    let done = child.wait_with_output().unwrap();
    println!("{BACKEND:?}: verified in {took:?}, at most {most} MB");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}
