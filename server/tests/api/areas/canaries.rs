//! After an erasure nothing of the visitor is anywhere (invariant I9): strings planted in all that
//! a client controls, and each person's destroyed key, are searched in every table, in the raw
//! files of SQLite, in Redis, and in everything a real server logged at its most talkative.
//!
//! `OUINON_CANARIES` says how many visitors, 60 without it.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::{StreamExt, stream};
use ouinon_domain::canonical::hex;
use ouinon_domain::merkle::{Hash, leaf_hash, node_hash};
use ouinon_server::storage::entity::subject;
use p256::ecdsa::SigningKey;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use super::BACKEND;
use crate::support::app::{Backend, TestApp};
use crate::support::history::sign;
use crate::support::http::{Answer, Call};
use crate::support::process::{run, serve};
use crate::support::redis::RedisServer;
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

const CONNECTIONS: usize = 16;
/// How long after the last erasure everything must be gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// Strings and what each is, to be found wherever they stand.
struct Needles {
    all: Vec<(&'static str, HashSet<Vec<u8>>)>,
    /// Whether some needle begins with these three bytes: one look at each place is enough.
    begins: Vec<bool>,
}

impl Needles {
    fn new() -> Self {
        Self { all: Vec::new(), begins: vec![false; 1 << 24] }
    }

    fn begin(bytes: &[u8]) -> usize {
        usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2])
    }

    fn add(&mut self, kind: &'static str, needle: impl Into<Vec<u8>>) {
        let needle = needle.into();
        self.begins[Self::begin(&needle)] = true;
        let alike = |(known, all): &&mut (&str, HashSet<Vec<u8>>)| {
            *known == kind && all.iter().next().is_some_and(|one| one.len() == needle.len())
        };
        match self.all.iter_mut().find(alike) {
            Some((_, all)) => drop(all.insert(needle)),
            None => self.all.push((kind, HashSet::from([needle]))),
        }
    }

    /// As bytes, hex and base64.
    fn add_bytes(&mut self, kind: &'static str, bytes: &[u8]) {
        self.add(kind, bytes);
        self.add(kind, hex(bytes));
        self.add(kind, URL_SAFE_NO_PAD.encode(bytes));
        self.add(kind, STANDARD.encode(bytes));
    }

    /// The kinds of needles that stand in there.
    fn found(&self, haystack: &[u8]) -> BTreeSet<&'static str> {
        let mut found = BTreeSet::new();
        for (at, three) in haystack.windows(3).enumerate() {
            if !self.begins[Self::begin(three)] {
                continue;
            }
            for (kind, all) in &self.all {
                let length = all.iter().next().map_or(0, Vec::len);
                if haystack.get(at..at + length).is_some_and(|text| all.contains(text)) {
                    found.insert(*kind);
                }
            }
        }
        found
    }
}

/// One client with canaries in all it sends.
struct Canary {
    visitor: Visitor,
    page: String,
    key: SigningKey,
}

impl Canary {
    fn new() -> Self {
        let page = format!("canary-{}", Uuid::new_v4().simple());
        let key = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
        Self { visitor: Visitor::new(), page, key: SigningKey::from_slice(&key).unwrap() }
    }

    fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.verifying_key().to_sec1_point(false).as_bytes())
    }

    /// A choice with a page and the browser's own signature.
    fn body(&self, shop: &Shop<'_>) -> Value {
        let mut body = shop.body(&self.visitor, "accept_all", &PURPOSES);
        body["page"] = json!(format!("https://shop.example/fr/{}", self.page));
        sign(&mut body, self.visitor.id(), &self.key);
        body
    }

    fn plant(&self, needles: &mut Needles) {
        needles.add("page", self.page.as_bytes());
        needles.add("browser key", &self.public_key().as_bytes()[1..41]);
        needles.add_bytes("visitor", &self.visitor.id().0);
        let secret = URL_SAFE_NO_PAD.decode(self.visitor.secret.expose()).unwrap();
        needles.add_bytes("secret", &secret);
    }
}

/// The server's tables as text.
async fn tables(app: &TestApp) -> String {
    let db = &app.storage.db();
    let backend = db.get_database_backend();
    let query = async |sql: String| {
        let rows = db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        let text = |row: sea_orm::QueryResult| row.try_get_by_index::<String>(0).unwrap();
        rows.into_iter().map(text).collect::<Vec<_>>()
    };
    let names =
        "select table_name::text from information_schema.tables where table_schema = 'public'";
    let mut dump = String::new();
    for name in query(names.to_owned()).await {
        dump += &query(format!("select t::text from {name} t")).await.join("\n");
    }
    dump
}

/// All that is kept: tables or the raw files, and whatever else lies beside them, the log too.
async fn kept(app: &TestApp) -> Vec<(String, Vec<u8>)> {
    let mut places = Vec::new();
    if BACKEND == Backend::Postgres {
        places.push(("tables".to_owned(), tables(app).await.into_bytes()));
    }
    files(app.ground.folder.path(), &mut places);
    places
}

fn files(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, into),
            false => into.push((path.display().to_string(), std::fs::read(&path).unwrap())),
        }
    }
}

/// Where the n-th visitor comes from.
fn address(n: usize) -> String {
    format!("100.64.{}.{}", n / 250, n % 250)
}

/// A visitor comes, is asked about, changes its mind, and makes mistakes.
async fn live(shop: &Shop<'_>, at: SocketAddr, canary: &Canary, n: usize) {
    let from = address(n);
    let call = |method: &str, rest: &str| Call::new(at, method, &shop.path(rest)).from(&from);
    let post = |body: &Value| call("POST", "/consents").origin(shop.origin).json(body).send();
    let seen = |answer: Answer, status: u16| assert_eq!(answer.status, status, "{}", answer.text());
    let body = canary.body(shop);
    seen(post(&body).await, 201);
    seen(post(&body).await, 200);
    let mut wrong = body.clone();
    wrong[canary.page.as_str()] = json!(canary.page);
    seen(post(&wrong).await, 422);
    wrong = body.clone();
    wrong["method"] = json!(canary.page);
    assert_eq!(post(&wrong).await.status, 422);
    seen(
        call("GET", "/consent").origin(shop.origin).visitor(&canary.visitor.secret).send().await,
        200,
    );
    let id = canary.visitor.id();
    let query = format!("/decision?purpose=analytics&visitor={id}");
    seen(call("GET", &query).key(&shop.key).send().await, 200);
    seen(call("GET", &format!("/consents?visitor={id}")).key(&shop.key).send().await, 200);
    seen(call("GET", &format!("/visitors/{id}/export")).key(&shop.key).send().await, 200);
    seen(call("GET", &format!("/{id}/{}", canary.page)).send().await, 404);
    seen(post(&shop.withdrawal(&canary.visitor)).await, 201);
}

/// A third each is erased by key, by itself and by command.
async fn erase(app: &TestApp, shop: &Shop<'_>, at: SocketAddr, canaries: &[Canary]) {
    let ids = canaries.iter().skip(2).step_by(3).map(|canary| canary.visitor.id().to_string());
    let ids: Vec<String> = ids.collect();
    let file = app.ground.folder.path().join("erase.txt");
    std::fs::write(&file, ids.join("\n")).unwrap();
    let arguments =
        ["erase", "--site", shop.id.as_str(), "--file", file.to_str().unwrap(), "--json"];
    let done = run(app, &arguments, "");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let done: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(done, json!({"site": shop.id, "erased": ids.len(), "repeated": 0}));
    std::fs::remove_file(&file).unwrap();
    for (n, canary) in canaries.iter().enumerate().filter(|(n, _)| n % 3 < 2) {
        let path = shop.path(&format!("/visitors/{}", canary.visitor.id()));
        let by_key = Call::new(at, "DELETE", &path).key(&shop.key);
        let own = Call::new(at, "DELETE", &shop.path("/consent")).origin(shop.origin);
        let own = own.from(&address(n)).visitor(&canary.visitor.secret);
        let call = if n % 3 == 0 { by_key } else { own };
        call.send().await.expect(200);
    }
}

#[tokio::test]
async fn nothing_of_the_forgotten_is_anywhere() {
    let count = std::env::var("OUINON_CANARIES").map_or(60, |count| count.parse().unwrap());
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    app.stop();
    let redis = RedisServer::start();
    let log = app.ground.folder.path().join("server.log");
    let changes = [
        ("OUINON_LOG", "trace"),
        ("REDIS_URL", &redis.url()),
        ("OUINON_RATE_LIMITS", "on"),
        ("OUINON_DECISION_LOG", "all"),
    ];
    let (_server, at) = serve(&app, &changes, Stdio::from(File::create(&log).unwrap()));

    let canaries: Vec<Canary> = (0..count).map(|_| Canary::new()).collect();
    let lives = stream::iter(canaries.iter().enumerate());
    lives.for_each_concurrent(CONNECTIONS, |(n, canary)| live(&shop, at, canary, n)).await;
    let mut needles = Needles::new();
    canaries.iter().for_each(|canary| canary.plant(&mut needles));
    for row in subject::Entity::find().all(&app.storage.db()).await.unwrap() {
        needles.add_bytes("key of the leaves", &row.k);
    }
    let before: BTreeSet<_> =
        kept(&app).await.iter().flat_map(|(_, bytes)| needles.found(bytes)).collect();
    for kind in ["page", "browser key", "visitor", "key of the leaves"] {
        assert!(before.contains(kind), "the search finds what is there: {kind}");
    }
    assert!(!before.contains("secret"), "the secret is never kept");
    assert!(needles.found(&redis.contents()).is_empty(), "Redis never knows a visitor");

    let asked = "from decision where site = $1 and subject is not null";
    wait_for(async || shop.count(asked).await >= canaries.len() as i64).await;
    erase(&app, &shop, at, &canaries).await;
    assert_eq!(shop.count(asked).await, 0, "nobody was asked about");
    let end = Instant::now() + PATIENCE;
    loop {
        let places = kept(&app).await.into_iter().chain([("Redis".into(), redis.contents())]);
        let found = places.map(|(place, bytes)| (place, needles.found(&bytes)));
        let found: Vec<_> = found.filter(|(_, kinds)| !kinds.is_empty()).collect();
        if found.is_empty() {
            break;
        }
        assert!(Instant::now() < end, "{found:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(!redis.contents().is_empty() && std::fs::metadata(&log).unwrap().len() > 10_000);
    let metrics = Call::new(at, "GET", "/metrics").send().await;
    assert!(needles.found(&metrics.body).is_empty(), "metrics");

    for canary in &canaries {
        let rest = format!("/decision?purpose=analytics&visitor={}", canary.visitor.id());
        let decision = Call::new(at, "GET", &shop.path(&rest)).key(&shop.key).send().await;
        assert_eq!(decision.expect(200)["reason"], "ERASED");
    }
    log_verifies(&shop, at, 2 * count).await;
}

async fn wait_for(done: impl AsyncFn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !done().await {
        assert!(Instant::now() < end);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The published root is that of all the leaves, and there is one for each record.
async fn log_verifies(shop: &Shop<'_>, at: SocketAddr, records: usize) {
    let get = |rest: &str| Call::new(at, "GET", &shop.path(rest)).key(&shop.key).send();
    let mut lines = Vec::new();
    for _ in 0..100 {
        let note = get("/log/checkpoint").await.text();
        lines = note.lines().map(str::to_owned).collect();
        if lines[1] == records.to_string() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(lines[1], records.to_string(), "every record is a leaf");
    let mut hashes: Vec<Hash> = Vec::new();
    while hashes.len() < records {
        let rest = format!("/log/leaves?from={}&to={records}", hashes.len());
        let leaves = get(&rest).await.expect(200);
        let leaves = leaves["leaves"].as_array().unwrap();
        let bytes = |leaf: &Value| STANDARD.decode(leaf.as_str().unwrap()).unwrap();
        hashes.extend(leaves.iter().map(|leaf| leaf_hash(&bytes(leaf))));
    }
    assert_eq!(lines[2], STANDARD.encode(root(&hashes)), "the root follows from the leaves");
}

/// RFC 9162 section 2.1.1, read aloud.
fn root(hashes: &[Hash]) -> Hash {
    match hashes {
        [one] => *one,
        more => {
            let (left, right) = more.split_at(more.len().next_power_of_two() / 2);
            node_hash(&root(left), &root(right))
        }
    }
}
