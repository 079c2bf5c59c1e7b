//! Somebody with a browser and an account: keeps cookies, reads the token out of a page, sends
//! forms as a browser would.

use std::collections::BTreeMap;

use argon2::{Argon2, password_hash::PasswordHasher};
use ouinon_server::storage::entity::user_account;
use ouinon_server::storage::users;
use uuid::Uuid;

use super::app::TestApp;
use super::http::{Answer, Call};

pub const PASSWORD: &str = "correct horse battery";

pub struct Person<'a> {
    pub app: &'a TestApp,
    pub email: String,
    pub cookies: BTreeMap<String, String>,
}

impl TestApp {
    /// An account with this role.
    pub async fn account(&self, role: &str) -> Person<'_> {
        let email = format!("{role}@example.org");
        let row = user_account::Model {
            id: Uuid::now_v7(),
            email: email.clone(),
            role: role.into(),
            password_hash: Argon2::default()
                .hash_password(PASSWORD.as_bytes())
                .unwrap()
                .to_string(),
            created_at: self.now().0,
            disabled_at: None,
        };
        users::insert(&self.storage.db(), row).await.unwrap();
        Person { app: self, email, cookies: BTreeMap::new() }
    }

    /// The same, signed in.
    pub async fn signed_in(&self, role: &str) -> Person<'_> {
        let mut person = self.account(role).await;
        let answer = person.sign_in(PASSWORD).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        person
    }
}

impl Person<'_> {
    fn call(&self, method: &str, path: &str) -> Call {
        let cookies: Vec<_> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let call = self.app.call(method, path).header("Accept", "text/html,*/*;q=0.8");
        if cookies.is_empty() { call } else { call.header("Cookie", &cookies.join("; ")) }
    }

    fn keep(&mut self, answer: &Answer) {
        for header in answer.headers("set-cookie") {
            let pair = header.split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.into(), value.into());
        }
    }

    /// A page.
    pub async fn get(&mut self, path: &str) -> Answer {
        let answer = self.call("GET", path).send().await;
        self.keep(&answer);
        answer
    }

    /// The text of a page that must be there.
    #[track_caller]
    pub fn read(&mut self, path: &str) -> impl Future<Output = String> {
        let call = self.call("GET", path);
        async move {
            let answer = call.send().await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.text()
        }
    }

    /// A form with these fields, sent as from one of our own pages.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Call {
        let mut text = form_urlencoded(fields);
        text.truncate(text.trim_end_matches('&').len());
        self.call("POST", path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(text)
    }

    /// The same with the token of the page at `page`.
    pub async fn submit(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token(page).await;
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        let answer = self.form(path, &fields).origin(&self.app.public()).send().await;
        self.keep(&answer);
        answer
    }

    /// The token of the forms of a page.
    pub async fn token(&mut self, page: &str) -> String {
        let html = self.get(page).await.text();
        let (_, rest) = html.split_once("name=\"csrf\" value=\"").expect("a form");
        rest.split('"').next().unwrap().to_owned()
    }

    pub async fn sign_in(&mut self, password: &str) -> Answer {
        let email = self.email.clone();
        let fields = [("email", email.as_str()), ("password", password)];
        self.submit("/dashboard/login", "/dashboard/login", &fields).await
    }
}

fn form_urlencoded(fields: &[(&str, &str)]) -> String {
    let plain = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    let encode = |text: &str| text.bytes().map(plain).collect::<String>();
    fields.iter().map(|(name, value)| format!("{}={}&", encode(name), encode(value))).collect()
}
