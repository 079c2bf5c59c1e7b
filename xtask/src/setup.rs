//! The demo's site, key, user and notice: made through the binary's own commands, once.
//!
//! Serves nothing. Secrets of the demo lie in its data folder, readable by the owner alone.

use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::step::{Outcome, read};

/// Who signs in to the demo's dashboard.
pub const EMAIL: &str = "demo@galet.example";

const SCOPES: [&str; 4] = ["decisions:read", "consents:read", "consents:write", "stats:read"];

/// Where this demo runs.
pub struct Place {
    /// The workspace folder.
    pub root: PathBuf,
    /// Where data is kept.
    pub data: PathBuf,
    /// Where Ouinon listens.
    pub ouinon: SocketAddr,
    /// Where the shop listens: another origin.
    pub shop: SocketAddr,
}

/// What has been set up, as kept in `demo.json`.
#[derive(Serialize, Deserialize)]
pub struct Ready {
    database: String,
    shop: String,
    public_url: String,
    /// The site's id.
    pub site: String,
    /// The tag that `site create` printed.
    pub snippet: String,
    /// An API key of the site.
    pub key: String,
    /// The password of [`EMAIL`].
    pub password: String,
}

#[derive(Deserialize)]
struct NewSite {
    id: String,
    snippet: String,
}

#[derive(Deserialize)]
struct NewKey {
    key: String,
}

impl Place {
    /// Ouinon's address as pages and people use it.
    pub fn public_url(&self) -> String {
        format!("http://{}", self.ouinon)
    }

    /// The binary with this demo's settings; `DATABASE_URL` and `REDIS_URL` of the caller win.
    pub fn ouinon(&self) -> Command {
        let mut command = Command::new(self.root.join("target/release/ouinon"));
        command
            .current_dir(&self.data)
            .env("DATABASE_URL", self.database())
            .env("OUINON_BIND", self.ouinon.to_string())
            .env("OUINON_PUBLIC_URL", self.public_url())
            .env("OUINON_SIGNING_KEY_FILE", self.data.join("signing.key"));
        command
    }

    /// Gives what an earlier run set up for this database and these addresses, or sets it up.
    pub fn prepare(&self) -> Outcome<Ready> {
        fs::create_dir_all(&self.data)?;
        let file = self.data.join("demo.json");
        let earlier = fs::read_to_string(&file).ok();
        let earlier = earlier
            .and_then(|text| serde_json::from_str::<Ready>(&text).ok())
            .filter(|ready| ready.database == self.database());
        let ready = match earlier {
            Some(ready) if ready.fits(self) => return Ok(ready),
            // Other addresses on the same data: another site, the same person.
            Some(ready) => self.set_up(ready.password)?,
            None => {
                read(self.ouinon().args(["migrate", "up"]))?;
                let password = password()?;
                self.create_user(&password)?;
                self.set_up(password)?
            }
        };
        write_private(&file, &serde_json::to_string_pretty(&ready)?)?;
        Ok(ready)
    }

    fn set_up(&self, password: String) -> Outcome<Ready> {
        let shop = format!("http://{}", self.shop);
        let site: NewSite = self.json(&["site", "create", "--name", "Galet", "--origin", &shop])?;
        let notice = self.root.join("demo/notice.json").display().to_string();
        read(self.ouinon().args(["notice", "publish", "--site", &site.id, "--file", &notice]))?;
        let mut ask = vec!["key", "create", "--site", &site.id];
        ask.extend(SCOPES.iter().flat_map(|scope| ["--scope", scope]));
        let key: NewKey = self.json(&ask)?;
        Ok(Ready {
            database: self.database(),
            shop,
            public_url: self.public_url(),
            site: site.id,
            snippet: site.snippet,
            key: key.key,
            password,
        })
    }

    fn database(&self) -> String {
        std::env::var("DATABASE_URL")
            .unwrap_or_else(|_| format!("sqlite://{}", self.data.join("ouinon.db").display()))
    }

    fn json<T: for<'a> Deserialize<'a>>(&self, arguments: &[&str]) -> Outcome<T> {
        let text = read(self.ouinon().args(arguments).arg("--json"))?;
        serde_json::from_str(&text).map_err(|why| {
            format!("`ouinon {}` answered {text}: {why}", arguments.join(" ")).into()
        })
    }

    fn create_user(&self, password: &str) -> Outcome {
        let mut child = self
            .ouinon()
            .args(["user", "create", "--email", EMAIL, "--role", "admin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            writeln!(input, "{password}")?;
        }
        let output = child.wait_with_output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("`ouinon user create`: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

impl Ready {
    fn fits(&self, place: &Place) -> bool {
        self.shop == format!("http://{}", place.shop) && self.public_url == place.public_url()
    }
}

/// Twenty letters without look-alikes, from the system's randomness.
fn password() -> Outcome<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567899";
    let mut bytes = [0_u8; 20];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

fn write_private(file: &Path, text: &str) -> Outcome {
    let mut target =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    Ok(target.write_all(text.as_bytes())?)
}
