//! No read and no write across sites (invariant I5): every route in the server's table, asked for
//! one site with everything another site has. A route without a row fails.

use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::http::Answer;
use crate::support::routes;
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

/// Who may call a route.
enum Caller {
    /// Anyone; it speaks of no site's visitors.
    Anyone,
    /// The site's own pages.
    Page,
    /// Whoever has a key of the site.
    Key,
    /// A page or a key.
    PageOrKey,
}

/// The row of every route.
fn row(method: &str, path: &str) -> Option<Caller> {
    Some(match (method, path) {
        ("GET", "/b/{site}.js" | "/b/{site}/ask.js" | "/a/{name}") => Caller::Anyone,
        ("GET", "/b/{site}/{version}/ask.js" | "/n/{hash}/{lang}.json") => Caller::Anyone,
        ("GET", "/notices/{hash}" | "/notices/{hash}.json") => Caller::Anyone,
        ("GET", "/preferences/{site}" | "/b/{site}/{version}/preferences") => Caller::Anyone,
        ("GET", "/problems/{slug}" | "/docs") => Caller::Anyone,
        ("GET", "/" | "/assets/{name}" | "/ouinon.d.ts" | "/debug.js") => Caller::Anyone,
        ("GET", "/.well-known/gpc.json" | "/.well-known/jwks.json" | "/openapi.json") => {
            Caller::Anyone
        }
        ("GET", "/healthz" | "/readyz" | "/metrics") => Caller::Anyone,
        ("GET", "/v1/sites/{site}/place" | "/b/{site}/{version}/place") => Caller::Page,
        ("GET", "/v1/sites/{site}/notice") => Caller::Page,
        ("GET" | "DELETE", "/v1/sites/{site}/consent") => Caller::Page,
        ("POST", "/v1/sites/{site}/events") => Caller::Page,
        ("POST", "/v1/sites/{site}/handovers" | "/v1/sites/{site}/arrivals") => Caller::Page,
        ("POST", "/v1/sites/{site}/consents") => Caller::PageOrKey,
        ("GET", "/v1/sites/{site}/consents" | "/v1/sites/{site}/consents/{id}") => Caller::Key,
        ("GET", "/v1/sites/{site}/decision" | "/v1/sites/{site}/stats") => Caller::Key,
        ("POST", "/v1/sites/{site}/decisions") => Caller::Key,
        ("GET", "/v1/sites/{site}/log/checkpoint" | "/v1/sites/{site}/log/consistency") => {
            Caller::Anyone
        }
        ("GET", "/v1/sites/{site}/log/inclusion" | "/v1/sites/{site}/log/leaves") => Caller::Key,
        ("GET", "/v1/sites/{site}/consents/{id}/proof") => Caller::Key,
        ("DELETE", "/v1/sites/{site}/visitors/{visitor}") => Caller::Key,
        ("GET", "/v1/sites/{site}/visitors/{visitor}/export" | "/v1/sites/{site}/erasures") => {
            Caller::Key
        }
        // Signed in, not by key: the dashboard's own tests.
        (_, path) if path.starts_with("/dashboard") => Caller::Anyone,
        _ => return None,
    })
}

struct Two<'a> {
    home: Shop<'a>,
    other: Shop<'a>,
    visitor: Visitor,
    record: String,
}

impl Two<'_> {
    /// The path for a site, with the queries and ids it needs: always the other site's visitor.
    fn path(&self, site: &str, path: &str) -> String {
        let query = match path {
            "/v1/sites/{site}/decision" => {
                format!("?purpose=analytics&visitor={}", self.visitor.id())
            }
            "/v1/sites/{site}/log/inclusion" => format!("?record={}", self.record),
            "/v1/sites/{site}/log/consistency" => "?first=0&second=0".to_owned(),
            "/v1/sites/{site}/log/leaves" => "?from=0&to=0".to_owned(),
            _ => String::new(),
        };
        let path = path.replace("{site}", site).replace("{id}", &self.record);
        path.replace("{visitor}", &self.visitor.id().to_string()) + &query
    }

    /// A body that would do, for the site whose notice it names.
    fn body(&self, of: &Shop<'_>, path: &str) -> Value {
        match path.rsplit('/').next() {
            Some("decisions") => json!({"purpose": "analytics", "visitors": [self.visitor.id()]}),
            Some("handovers") => {
                json!({"visitor_secret": self.visitor.secret.expose(), "to": of.origin})
            }
            Some("arrivals") => json!({"token": "A".repeat(43)}),
            Some("events") => json!({"event": "shown", "notice": of.notice, "language": "fr"}),
            _ => of.withdrawal(&self.visitor),
        }
    }

    async fn ask(&self, method: &str, site: &str, path: &str, with: Credential<'_>) -> Answer {
        let call = self.home.app.call(method, &self.path(site, path));
        let call = match with {
            Credential::Key(key) => call.key(key),
            Credential::Origin(origin) => call.origin(origin).visitor(&self.visitor.secret),
        };
        let call = if method == "GET" { call } else { call.json(&self.body(&self.home, path)) };
        call.send().await
    }
}

enum Credential<'a> {
    Key(&'a str),
    Origin(&'a str),
}

/// What a stranger may learn from a refusal.
fn told(answer: &Answer) -> Value {
    let mut problem = answer.json();
    problem["instance"] = json!(null);
    problem
}

#[tokio::test]
async fn every_route_keeps_sites_apart() {
    let app = TestApp::start(BACKEND).await;
    let (home, other) = (app.shop().await, app.shop_at("https://other.example").await);
    let mut visitor = Visitor::new();
    let given = other.choose(&mut visitor, &PURPOSES).await;
    let record = given["id"].as_str().unwrap().to_owned();
    let two = Two { home, other, visitor, record };
    let unknown = "23456789abcd";
    for (method, path) in routes::table() {
        let caller = row(method, &path);
        let caller = caller.unwrap_or_else(|| panic!("{method} {path} has no row in the matrix"));
        let shown = format!("{method} {path}");
        if matches!(caller, Caller::Key | Caller::PageOrKey) {
            // The key of one site asks about the other: as if there were no such site.
            let key = &two.home.key;
            let foreign = two.ask(method, two.other.id.as_str(), &path, Credential::Key(key)).await;
            foreign.problem(404, "not-found");
            let nowhere = two.ask(method, unknown, &path, Credential::Key(key)).await;
            assert_eq!(told(&foreign), told(&nowhere), "{shown}: foreign and unknown look alike");
        }
        if matches!(caller, Caller::Page | Caller::PageOrKey) {
            let origin = Credential::Origin(two.home.origin);
            let foreign = two.ask(method, two.other.id.as_str(), &path, origin).await;
            assert_eq!(foreign.status, 403, "{shown}");
            foreign.problem(403, "foreign-origin");
        }
    }
    reads_nothing_of_the_other(&two).await;
}

/// The other site's visitor, asked about at home with home's own rights, is a stranger.
async fn reads_nothing_of_the_other(two: &Two<'_>) {
    let (home, other) = (&two.home, &two.other);
    assert_eq!(home.reason(&two.visitor, "purpose=analytics").await, "NO_RECORD");
    home.get(&format!("/consents/{}", two.record)).send().await.problem(404, "not-found");
    let all = home.get("/consents").send().await.expect(200);
    assert_eq!(all["items"], json!([]));
    let mine = home.get(&format!("/consents?visitor={}", two.visitor.id())).send().await;
    assert_eq!(mine.expect(200)["items"], json!([]));
    let state = home.app.get(&home.path("/consent")).visitor(&two.visitor.secret).send().await;
    assert_eq!(state.expect(200)["history"], json!([]));
    let export = format!("/visitors/{}/export", two.visitor.id());
    assert_eq!(home.get(&export).send().await.expect(200)["records"], json!([]));
    home.app.counted().await;
    assert_eq!(home.get("/stats").send().await.expect(200)["items"], json!([]));
    let cursor = {
        other.choose(&mut Visitor::new(), &[]).await;
        let page = other.get("/consents?limit=1").send().await.expect(200);
        page["next_cursor"].as_str().unwrap().to_owned()
    };
    let page = home.get(&format!("/consents?after={cursor}")).send().await.expect(200);
    assert_eq!(page["items"], json!([]), "another site's cursor leads nowhere");
    assert_eq!(home.rows().await, [0; 5], "nothing was written");
    assert_eq!(other.rows().await, [2; 5], "nothing was added or taken away");
    assert_eq!(other.reason(&two.visitor, "purpose=analytics").await, "GRANTED");
}

#[tokio::test]
async fn who_is_forgotten_on_one_site_is_known_on_the_other() {
    let app = TestApp::start(BACKEND).await;
    let (one, two) = (app.shop().await, app.shop().await);
    let mut visitor = Visitor::new();
    one.choose(&mut visitor, &PURPOSES).await;
    visitor.version = 0;
    two.choose(&mut visitor, &PURPOSES).await;
    one.erase(&visitor).await;
    assert_eq!(one.reason(&visitor, "purpose=analytics").await, "ERASED");
    assert_eq!(two.reason(&visitor, "purpose=analytics").await, "GRANTED");
    let register = async |shop: &Shop<'_>| shop.get("/erasures").send().await.expect(200);
    assert_eq!(register(&two).await["items"], json!([]));
    two.erase(&visitor).await;
    let hashes = [&one, &two].map(register);
    let [one, two] = futures_util::future::join_all(hashes).await.try_into().unwrap();
    let hash = |page: &Value| page["items"][0]["visitor_hmac"].as_str().unwrap().to_owned();
    assert_ne!(hash(&one), hash(&two), "nothing in the registers links them");
}

#[tokio::test]
async fn one_secret_on_two_sites_is_two_visitors() {
    let app = TestApp::start(BACKEND).await;
    let (one, two) = (app.shop().await, app.shop().await);
    let mut visitor = Visitor::new();
    one.choose(&mut visitor, &PURPOSES).await;
    visitor.version = 0;
    two.choose(&mut visitor, &[]).await;
    assert_eq!(one.reason(&visitor, "purpose=analytics").await, "GRANTED");
    assert_eq!(two.reason(&visitor, "purpose=analytics").await, "PURPOSE_DENIED");
    two.withdraw(&mut visitor).await;
    assert_eq!(one.reason(&visitor, "purpose=analytics").await, "GRANTED");
    let subjects = "from subject where site = $1 and subject in (select subject from record)";
    assert_eq!((one.count(subjects).await, two.count(subjects).await), (1, 1));
    let shared = "from subject a join subject b on a.subject = b.subject and a.site <> b.site \
                  where a.site = $1";
    assert_eq!(one.count(shared).await, 0, "nothing in the records links them");
}
