//! `ouinon user create`: the password comes from stdin and is stored as an argon2id hash.

use super::{Context, Failure, print};
use crate::storage::entity::user_account;
use crate::storage::users;
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

/// Shortest password (NIST SP 800-63B section 5.1.1.2 asks for 8 and recommends more).
const MIN_PASSWORD: usize = 10;

/// People who sign in.
#[derive(Args)]
pub struct User {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Create a user; reads the password from stdin.
    Create {
        /// The e-mail to sign in with.
        #[arg(long)]
        email: String,
        /// What the user may do.
        #[arg(long)]
        role: Role,
    },
}

/// What a user may do.
#[derive(Clone, Copy, ValueEnum)]
enum Role {
    Admin,
    Dpo,
    Marketer,
    Viewer,
}

impl User {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<(), Failure> {
        let Action::Create { email, role } = self.action;
        let email = email.trim().to_lowercase();
        if !email.contains('@') || email.contains(char::is_whitespace) {
            return Err(Failure(format!("`{email}` is not an e-mail address")));
        }
        let mut password = String::new();
        std::io::stdin()
            .read_line(&mut password)
            .map_err(|error| Failure(format!("the password cannot be read from stdin: {error}")))?;
        let password = password.trim_end_matches(['\r', '\n']);
        if password.chars().count() < MIN_PASSWORD {
            let sentence =
                format!("the password on stdin needs at least {MIN_PASSWORD} characters");
            return Err(Failure(sentence));
        }
        if users::by_email(&context.storage.db(), &email).await?.is_some() {
            return Err(Failure(format!("{email} exists already")));
        }
        let hash = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(|error| Failure(format!("the password cannot be hashed: {error}")))?;
        let role = role.to_possible_value().map(|value| value.get_name().to_owned());
        let row = user_account::Model {
            id: Uuid::now_v7(),
            email: email.clone(),
            role: role.unwrap_or_default(),
            password_hash: hash.to_string(),
            created_at: context.clock.now(),
            disabled_at: None,
        };
        users::insert(&context.storage.db(), row).await?;
        print(format!("{email} can sign in"))
    }
}
