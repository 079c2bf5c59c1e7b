//! A site with an origin, a notice with vendors and a key for everything; and what its pages, its
//! operators and its marketers do.

use ouinon_domain::ids::{NoticeHash, SiteId};
use ouinon_domain::notice::Notice;
use ouinon_server::sites::admin::{self, KeyRequest};
use ouinon_server::sites::default_notice::default_notice;
use ouinon_server::sites::key::Scope;
use ouinon_server::sites::origin::Origin;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use super::app::TestApp;
use super::http::{Answer, Call};
use super::visitor::Visitor;

/// Where the shop's pages are.
pub const ORIGIN: &str = "https://shop.example";
/// The purposes that leave a choice.
pub const PURPOSES: [&str; 4] = ["functional", "analytics", "advertising", "retargeting"];

pub struct Shop<'a> {
    pub app: &'a TestApp,
    pub id: SiteId,
    /// Where its pages are.
    pub origin: &'static str,
    /// The id of the notice in force when the shop opened.
    pub notice: String,
    /// A key with every scope.
    pub key: String,
}

impl TestApp {
    /// A new site on this server.
    pub async fn shop(&self) -> Shop<'_> {
        self.shop_at(ORIGIN).await
    }

    /// A new site on this server with its pages there.
    pub async fn shop_at(&self, origin: &'static str) -> Shop<'_> {
        let origins = [Origin::parse(origin).unwrap()];
        let (id, _) = admin::create(self.admin(), "Shop", &origins, None, &[]).await.unwrap();
        let mut shop = Shop { app: self, id, origin, notice: String::new(), key: String::new() };
        shop.notice = shop.publish(notice()).await.to_string();
        let scopes = Scope::ALL.map(Scope::as_str);
        shop.key = shop.mint(&scopes).await.1;
        shop
    }
}

/// The default notice of a shop with two vendors.
pub fn notice() -> Value {
    let mut notice = serde_json::to_value(default_notice("Shop", &[]).unwrap()).unwrap();
    notice["controller"] = json!({"name": "Shop", "contact": "dpo@shop.example"});
    notice["vendors"] = json!([
        {"key": "matomo", "name": "Matomo", "purposes": ["analytics"], "country": "FR"},
        {"key": "adnet", "name": "AdNet", "purposes": ["advertising", "retargeting"],
         "country": "US", "safeguard": "SCC", "policy_url": "https://adnet.example/privacy"},
    ]);
    notice
}

impl Shop<'_> {
    /// The same shop on another server.
    pub fn on<'a>(&self, app: &'a TestApp) -> Shop<'a> {
        let (notice, key) = (self.notice.clone(), self.key.clone());
        Shop { app, id: self.id.clone(), origin: self.origin, notice, key }
    }

    /// The path of this site in the API.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/sites/{}{rest}", self.id)
    }

    /// A request with the key for everything.
    pub fn get(&self, rest: &str) -> Call {
        self.app.get(&self.path(rest)).key(&self.key)
    }

    /// Publishes a notice, beside the server.
    pub async fn publish(&self, notice: Value) -> NoticeHash {
        let notice: Notice = serde_json::from_value(notice).unwrap();
        let done = admin::publish(self.app.admin(), &self.id, notice, false).await.unwrap();
        done.notice.unwrap_or_else(|| panic!("{:?}", done.findings))
    }

    /// A key with these scopes: its id and its text.
    pub async fn mint(&self, scopes: &[&str]) -> (String, String) {
        let scopes = scopes.iter().map(|scope| Scope::parse(scope).unwrap()).collect();
        self.mint_as(KeyRequest { scopes, ..KeyRequest::default() }).await
    }

    pub async fn mint_as(&self, request: KeyRequest) -> (String, String) {
        let (storage, clock) = (&self.app.storage, &self.app.clock);
        admin::create_key(storage, clock, &self.id, &request).await.unwrap()
    }

    /// What a page sends; `granted` are the purposes with a yes.
    pub fn body(&self, visitor: &Visitor, action: &str, granted: &[&str]) -> Value {
        let choices = PURPOSES.iter().map(|key| ((*key).to_owned(), granted.contains(key).into()));
        json!({
            "id": Uuid::new_v4(), "visitor_secret": visitor.secret.expose(), "action": action,
            "notice": self.notice, "base_version": visitor.version,
            "choices": choices.collect::<serde_json::Map<_, _>>(),
            "language": "fr", "method": "banner",
        })
    }

    /// What a page sends to take everything back.
    pub fn withdrawal(&self, visitor: &Visitor) -> Value {
        let secret = visitor.secret.expose();
        json!({ "id": Uuid::new_v4(), "visitor_secret": secret, "action": "withdraw" })
    }

    /// A page's request with this body.
    pub fn posting(&self, body: &Value) -> Call {
        self.app.call("POST", &self.path("/consents")).origin(self.origin).json(body)
    }

    pub async fn post(&self, body: &Value) -> Answer {
        self.posting(body).send().await
    }

    /// A choice that is accepted: `accept_all`, `reject_all` or `save`, by what is granted.
    pub async fn choose(&self, visitor: &mut Visitor, granted: &[&str]) -> Value {
        let action = match granted.len() {
            0 => "reject_all",
            4 => "accept_all",
            _ => "save",
        };
        let answer = self.post(&self.body(visitor, action, granted)).await.expect(201);
        visitor.version += 1;
        assert_eq!(answer["version"], visitor.version);
        answer
    }

    /// A withdrawal that is accepted.
    pub async fn withdraw(&self, visitor: &mut Visitor) -> Value {
        let answer = self.post(&self.withdrawal(visitor)).await.expect(201);
        visitor.version += 1;
        answer
    }

    /// Forgets a visitor, in the operator's name.
    pub async fn erase(&self, visitor: &Visitor) -> Value {
        let path = self.path(&format!("/visitors/{}", visitor.id()));
        self.app.call("DELETE", &path).key(&self.key).send().await.expect(200)
    }

    /// The decision about a visitor; `query` such as `purpose=analytics&vendor=matomo`.
    pub async fn decision(&self, visitor: &Visitor, query: &str) -> Value {
        let rest = format!("/decision?visitor={}&{query}", visitor.id());
        self.get(&rest).send().await.expect(200)
    }

    /// Its reason alone; whether it allows must agree.
    pub async fn reason(&self, visitor: &Visitor, query: &str) -> String {
        let decision = self.decision(visitor, query).await;
        let reason = decision["reason"].as_str().unwrap().to_owned();
        let yes = ["GRANTED", "NOT_OPTED_OUT", "LEGAL_BASIS"].contains(&reason.as_str());
        assert_eq!(decision["allowed"], yes, "{decision}");
        reason
    }

    /// How many rows of this site each table of the write path has.
    pub async fn rows(&self) -> [i64; 5] {
        let mut found = [0; 5];
        // A leaf waits for its place or has it.
        let leaves = "(select site, record from leaf_queue \
                      union all select site, record from log_index) leaves";
        let tables = ["record", "record_personal", "subject", "state", leaves];
        for (table, count) in tables.iter().zip(&mut found) {
            *count = self.count(&format!("from {table} where site = $1")).await;
        }
        found
    }

    /// `select count(*)` of the rest, in which `$1` is this site.
    pub async fn count(&self, rest: &str) -> i64 {
        let db = &self.app.storage.db();
        let sql = format!("select count(*) {rest}");
        let values = [self.id.as_str().into()];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        db.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }
}
