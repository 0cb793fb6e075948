//! Clients and users from a file, for the program.

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use super::calls::wanted::{Wanted, secret};
use super::client::Client;
use super::options::{Options, User};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    #[serde(default)]
    clients: Vec<Value>,
    #[serde(default)]
    users: Vec<SeedUser>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedUser {
    name: String,
    password: String,
    #[serde(default)]
    groups: Vec<String>,
}

impl Options {
    /// Adds clients and users of a JSON text `{"clients":[…],"users":[{"name","password","groups"}]}`. A client is
    /// written as for `POST /oauth/clients`, and the same rules hold.
    ///
    /// # Errors
    /// When it is no such text, or a client breaks a rule; the client is named, secrets are not.
    pub fn seed(&mut self, text: &str) -> anyhow::Result<()> {
        let seed: Seed = serde_json::from_str(text).context("no list of clients and users")?;
        for client in &seed.clients {
            let client = read(client).with_context(|| format!("client {}", client["client_id"]))?;
            self.clients.push(client);
        }
        for user in seed.users {
            let groups: Vec<&str> = user.groups.iter().map(String::as_str).collect();
            self.users.push(User::new(&user.name, &user.password, &groups));
        }
        Ok(())
    }
}

fn read(value: &Value) -> anyhow::Result<Client> {
    let refused = |refusal: super::refusal::Refusal| anyhow::anyhow!("{}", refusal.description());
    let mut wanted = Wanted::parse(value.to_string().as_bytes()).map_err(refused)?;
    let mut client = Client {
        client_id: wanted.client_id.take().context("client_id is missing")?,
        ..Client::default()
    };
    let given = wanted.secret.take();
    wanted.over(&mut client).map_err(refused)?;
    client.secrets = secret(&client, given).map_err(refused)?;
    Ok(client)
}
